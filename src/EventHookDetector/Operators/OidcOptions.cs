using System.Linq.Expressions;
using FluentValidation;

namespace EventHookDetector.Operators;

/// <summary>Lets people sign in at an OpenID Connect provider, such as Okta itself.</summary>
internal sealed class OidcOptions
{
    public const string Section = "Oidc";

    /// <summary>
    /// The issuer, such as <c>https://example.okta.com/oauth2/default</c>; its keys are read from below it
    /// (<c>/.well-known/openid-configuration</c>). Default: none, and then only keys are accepted.
    /// </summary>
    public string? Authority { get; set; }

    /// <summary>Whom an access token must be for (its claim <c>aud</c>), such as <c>api://default</c>. Needed with an Authority.</summary>
    public string? Audience { get; set; }

    /// <summary>The client as which Swagger UI signs people in: a single-page application with PKCE. Default: none, and Swagger UI asks for it.</summary>
    public string? ClientId { get; set; }

    /// <summary>
    /// The claim that holds a person's role or groups: an array or a text. A claim within an object is named by its path, such as
    /// <c>realm_access.roles</c>; a claim of exactly that name wins. Default: groups.
    /// </summary>
    public string RoleClaim { get; set; } = "groups";

    /// <summary>The value of the claim that makes a viewer. Default: viewer.</summary>
    public string ViewerRole { get; set; } = "viewer";

    /// <summary>The value of the claim that makes a responder. Default: responder.</summary>
    public string ResponderRole { get; set; } = "responder";

    /// <summary>The value of the claim that makes an admin. Default: admin.</summary>
    public string AdminRole { get; set; } = "admin";

    internal sealed class Validator : AbstractValidator<OidcOptions>
    {
        public Validator()
        {
            foreach (var text in (Expression<Func<OidcOptions, string?>>[])[o => o.Audience, o => o.ClientId, o => o.RoleClaim, o => o.ViewerRole, o => o.ResponderRole, o => o.AdminRole])
                RuleFor(text).Must(value => value is null || value == value.Trim()).WithMessage("must not begin or end with a blank or a line feed: it would never match");
            RuleFor(o => o.Authority).Must(BeSafe).When(o => !string.IsNullOrEmpty(o.Authority))
                .WithMessage("must be an absolute https URL, such as https://example.okta.com/oauth2/default; http is for this machine itself only");
            RuleFor(o => o.Audience).NotEmpty().When(o => !string.IsNullOrEmpty(o.Authority))
                .WithMessage("must be set with Oidc:Authority, or tokens made for others would open this too");
            RuleFor(o => o.RoleClaim).NotEmpty().WithMessage("must be the name of a claim, such as groups");
            RuleFor(o => o.ViewerRole).NotEmpty().WithMessage("must be a value of the claim");
            RuleFor(o => o.ResponderRole).NotEmpty().WithMessage("must be a value of the claim");
            RuleFor(o => o.AdminRole).NotEmpty().WithMessage("must be a value of the claim");
            RuleFor(o => o.ResponderRole).NotEqual(o => o.ViewerRole).WithMessage("must differ from Oidc:ViewerRole");
            RuleFor(o => o.AdminRole).Must((o, role) => role != o.ViewerRole && role != o.ResponderRole)
                .WithMessage("must differ from Oidc:ViewerRole and Oidc:ResponderRole");
        }

        private static bool BeSafe(string? authority) =>
            Uri.TryCreate(authority, UriKind.Absolute, out var uri) && uri.Query.Length == 0 && uri.Fragment.Length == 0
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));
    }
}
