using EventHookDetector.Storage;
using FluentMigrator;

namespace EventHookDetector.Audit;

/// <summary>
/// The audit, and what keeps it as it is written. Triggers cannot stop whoever may drop them, and need not: that is what the chain is for. They stop
/// a mistake, and make sure that nobody can say it was one.
/// </summary>
[Migration(202611240130, "The audit")]
public sealed class CreateAudit : SqlMigration
{
    // Allowed are: to be sealed, once; and to have the text of a person and its salt taken away.
    private const string Alters =
        """
        NEW.id IS DISTINCT FROM OLD.id OR NEW.at IS DISTINCT FROM OLD.at OR NEW.act IS DISTINCT FROM OLD.act OR NEW.subject IS DISTINCT FROM OLD.subject
        OR (NEW.who IS DISTINCT FROM OLD.who AND NEW.who IS NOT NULL) OR (NEW.details IS DISTINCT FROM OLD.details AND NEW.details IS NOT NULL)
        OR (OLD.number IS NOT NULL AND (
            NEW.number IS DISTINCT FROM OLD.number OR NEW.hash IS DISTINCT FROM OLD.hash
            OR NEW.who_digest IS DISTINCT FROM OLD.who_digest OR NEW.details_digest IS DISTINCT FROM OLD.details_digest
            OR (NEW.who_salt IS DISTINCT FROM OLD.who_salt AND NEW.who_salt IS NOT NULL)
            OR (NEW.details_salt IS DISTINCT FROM OLD.details_salt AND NEW.details_salt IS NOT NULL)))
        """;

    private const string Refusal = "The audit is append-only: rows stay, and stay as they are.";

    protected override string Sql =>
        """
        CREATE TABLE audit_entries (
            id TEXT NOT NULL PRIMARY KEY,
            at {time} NOT NULL,
            who TEXT NULL,
            act TEXT NOT NULL,
            subject TEXT NOT NULL,
            details TEXT NULL,
            number INTEGER NULL,
            hash TEXT NULL,
            who_salt TEXT NULL,
            who_digest TEXT NULL,
            details_salt TEXT NULL,
            details_digest TEXT NULL
        );
        CREATE UNIQUE INDEX audit_entries_number ON audit_entries (number) WHERE number IS NOT NULL;
        CREATE INDEX audit_entries_waiting ON audit_entries (id) WHERE number IS NULL;
        CREATE INDEX audit_entries_act ON audit_entries (act, id);
        CREATE INDEX audit_entries_who ON audit_entries (who, id);
        CREATE INDEX audit_entries_subject ON audit_entries (subject, id);
        CREATE TABLE audit_head (number INTEGER NOT NULL, hash TEXT NOT NULL, lease TEXT NULL, lease_until {time} NULL);
        INSERT INTO audit_head (number, hash) VALUES (0, '0000000000000000000000000000000000000000000000000000000000000000')
        """;

    protected override string SqliteOnly =>
        $"""
        CREATE TRIGGER audit_entries_stay BEFORE DELETE ON audit_entries BEGIN SELECT RAISE(ABORT, '{Refusal}'); END;
        CREATE TRIGGER audit_entries_as_written BEFORE UPDATE ON audit_entries WHEN {Alters} BEGIN SELECT RAISE(ABORT, '{Refusal}'); END;
        CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head WHEN NEW.number < OLD.number BEGIN SELECT RAISE(ABORT, '{Refusal}'); END;
        """;

    protected override string PostgreSqlOnly =>
        $"""
        CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $audit$ BEGIN RAISE EXCEPTION '{Refusal}'; END $audit$;
        CREATE TRIGGER audit_entries_stay BEFORE DELETE OR TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
        CREATE TRIGGER audit_entries_as_written BEFORE UPDATE ON audit_entries FOR EACH ROW WHEN ({Alters}) EXECUTE FUNCTION audit_refuse();
        CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head FOR EACH ROW WHEN (NEW.number < OLD.number) EXECUTE FUNCTION audit_refuse();
        """;
}
