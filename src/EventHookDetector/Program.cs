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

if (await EventHookDetector.CommandLine.RunAsync(args) is { } ended) return ended;

// The settings lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory }).AddHosting();
builder.Services
    .AddStorage()         // first: what it starts is stopped last
    .AddAudit().AddOperators()
    .AddAlerts().AddNotifications()
    .AddDetection().AddEventHook()
    .AddTriage().AddDashboard()
    .AddRetention();      // how long all of them keep what they keep

await using var app = builder.Build();
if (app.Services.FindConfigurationFaults() is { Count: > 0 } faults) return Commands.RefuseToStart(faults);

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
await app.RunAsync();
return 0;
