using EventHookDetector.Alerts;
using EventHookDetector.Audit;
using EventHookDetector.Dashboard;
using EventHookDetector.Detection;
using EventHookDetector.EventHook;
using EventHookDetector.Hosting;
using EventHookDetector.Notifications;
using EventHookDetector.Operators;
using EventHookDetector.Retention;
using EventHookDetector.Storage;
using EventHookDetector.Triage;

return await StartUp.RunAsync(async () => await EventHookDetector.CommandLine.RunAsync(args) ?? await StartUp.Build(BuildDetector).ServeAsync());

WebApplication BuildDetector()
{
    var builder = StartUp.CreateBuilder(args).StayOnTheThreadOfTheSocket();
    builder.Services
        .AddStorage().AddStorageGauges()   // first: what it starts is stopped last
        .AddAudit().AddOperators()
        .AddAlerts().AddNotifications()
        .AddDetection().AddEventHook()
        .AddTriage().AddDashboard()
        .AddRetention().AddSingleton<IConfigurationCheck, EventHookDetector.CommandLineFlags.SectionsCheck>();

    var app = builder.Build();
    app.DemandGoodConfiguration();

    app.UseFrontDoor().UseOperators().UseHosting();
    app.MapEventHook();
    app.MapAlerts();
    app.MapTriage();
    app.MapNotifications();
    app.MapApiKeys();
    app.MapPeople();
    app.MapAudit();
    app.MapDashboard();
    app.MapHosting();         // health and metrics
    return app;
}
