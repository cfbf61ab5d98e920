using EventHookDetector.Hosting;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace EventHookDetector.Dashboard;

/// <summary>For people who would rather look than read: one page at / and what it shows.</summary>
internal static class DashboardRegistration
{
    // Everything comes from here, and nothing that a log event says can run, load or send anything. Only who signs people in is asked besides.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; connect-src 'self'";

    public static IServiceCollection AddDashboard(this IServiceCollection services) => services
        .AddSingleton<OverviewReader>()
        .AddSingleton<OverviewFeed>();

    public static void MapDashboard(this WebApplication app)
    {
        var files = new EmbeddedFileProvider(typeof(DashboardRegistration).Assembly, "page");
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files, DefaultFileNames = ["overview.html"] });
        var (authority, clientId) = (app.Configuration["Oidc:Authority"], app.Configuration["Oidc:ClientId"]);
        var policy = Uri.TryCreate(authority, UriKind.Absolute, out var provider) ? $"{Policy} {provider.GetLeftPart(UriPartial.Authority)}" : Policy;
        app.UseStaticFiles(new StaticFileOptions { FileProvider = files, OnPrepareResponse = file => Harden(file, policy) });
        // Not part of the API: the page asks before anybody has a key.
        app.Map("/overview-sign-in.json", answer => answer.Run(context => context.Response.WriteAsJsonAsync(new Provider(authority, clientId), ApiJson.Options, context.RequestAborted)));
        app.MapOverview();
    }

    // Not kept without asking: after an update the script must fit the answers.
    private static void Harden(StaticFileResponseContext file, string policy)
    {
        file.Context.Response.Headers.CacheControl = "no-cache";
        file.Context.Response.Headers.ContentSecurityPolicy = policy;
    }

    /// <summary>Where people sign in, and as which client; null for keys only.</summary>
    private sealed record Provider(string? Authority, string? ClientId);
}
