using EventHookDetector.Hosting;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace EventHookDetector.Dashboard;

/// <summary>For people who would rather look than read: one page at / and what it shows.</summary>
internal static class DashboardRegistration
{
    // Everything comes from here, and nothing that a log event says can run, load or send anything.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static IServiceCollection AddDashboard(this IServiceCollection services) => services
        .AddSingleton<OverviewReader>()
        .AddSingleton<OverviewFeed>();

    public static void MapDashboard(this WebApplication app)
    {
        var files = new EmbeddedFileProvider(typeof(DashboardRegistration).Assembly, "page");
        app.UseDefaultFiles(new DefaultFilesOptions { FileProvider = files, DefaultFileNames = ["overview.html"] });
        app.UseStaticFiles(new StaticFileOptions { FileProvider = files, OnPrepareResponse = Harden });
        app.MapOverview();
    }

    // Not kept without asking: after an update the script must fit the answers.
    private static void Harden(StaticFileResponseContext file)
    {
        file.Context.Response.Headers.CacheControl = "no-cache";
        file.Context.Response.Headers.ContentSecurityPolicy = Policy;
    }
}
