namespace EventHookDetector.Hosting;

/// <summary>Who is let in at which port. A firewall can tell ports apart, not paths.</summary>
internal static class Listening
{
    private static readonly string[] Parts = [nameof(ListenOptions.Hook), nameof(ListenOptions.Operators), nameof(ListenOptions.Metrics)];

    /// <summary>Adds the addresses of <see cref="ListenOptions"/> to those that are listened on anyway.</summary>
    public static void ListenWhereTold(this WebApplicationBuilder builder)
    {
        var own = OwnAddresses(builder.Configuration).Select(own => own.Address).ToArray();
        if (own.Length == 0) return;

        var configuration = builder.Configuration;
        var others = configuration["urls"]?.Split(';', StringSplitOptions.RemoveEmptyEntries)
            ?? [.. PortsOf("http"), .. PortsOf("https")];
        if (others.Length == 0 && own.Length < Parts.Length) others = ["http://localhost:5000"];   // the framework's own default
        configuration["urls"] = string.Join(';', others.Concat(own).Distinct(StringComparer.OrdinalIgnoreCase));

        IEnumerable<string> PortsOf(string scheme) =>
            (configuration[$"{scheme}_ports"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(port => $"{scheme}://*:{port}");
    }

    /// <summary>By the port that a connection came in at, which no header can change.</summary>
    public static void UseListening(this WebApplication app)
    {
        var own = OwnAddresses(app.Configuration).Select(own => (own.Part, BindingAddress.Parse(own.Address).Port)).ToArray();
        if (own.Length == 0) return;

        app.Use((context, next) =>
        {
            var part = PartOf(context.Request.Path);
            var port = context.Connection.LocalPort;
            var isHere = part is null || (own.Any(o => o.Part == part)
                ? own.Contains((part, port))
                : own.All(o => o.Port != port));
            if (isHere) return next(context);

            context.Response.StatusCode = StatusCodes.Status404NotFound;   // as if there were none: a stranger need not know
            return Task.CompletedTask;
        });
    }

    /// <returns>Null for what is served everywhere: health.</returns>
    private static string? PartOf(PathString path) =>
        path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase) ? null
        : path.StartsWithSegments("/okta", StringComparison.OrdinalIgnoreCase) ? nameof(ListenOptions.Hook)
        : path.StartsWithSegments("/metrics", StringComparison.OrdinalIgnoreCase) ? nameof(ListenOptions.Metrics)
        : nameof(ListenOptions.Operators);

    public static IEnumerable<(string Part, string Address)> OwnAddresses(IConfiguration configuration) =>
        from part in Parts
        let address = configuration[$"{ListenOptions.Section}:{part}"]
        where !string.IsNullOrEmpty(address)
        select (part, address);
}
