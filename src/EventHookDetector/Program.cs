using EventHookDetector.Alerts;
using EventHookDetector.Detection;
using EventHookDetector.EventHook;
using EventHookDetector.Hosting;
using EventHookDetector.Notifications;
using EventHookDetector.Operators;
using EventHookDetector.Retention;
using EventHookDetector.Storage;
using EventHookDetector.Triage;
using EventHookDetector.Triage.Backtests;

if (args is ["--health", var url]) return await Commands.AskHealthAsync(url);
if (args is ["backtest", .. var words]) return await BacktestCommand.RunAsync(words);
if (args is ["backup", .. var named]) return await BackupCommand.RunAsync(named);
if (args is ["migrate-storage", .. var rest]) return await MigrateStorageCommand.RunAsync(rest);

// The settings lie beside the program, wherever it is started from.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory }).AddHosting();
builder.Services
    .AddStorage()         // first: what it starts is stopped last
    .AddOperators()
    .AddAlerts()
    .AddNotifications()
    .AddDetection()
    .AddEventHook()
    .AddTriage()
    .AddRetention();      // how long all of them keep what they keep

await using var app = builder.Build();
if (app.Services.FindConfigurationFaults() is { Count: > 0 } faults) return Commands.RefuseToStart(faults);

app.UseHosting();
app.MapEventHook();
app.MapAlerts();
app.MapTriage();
app.MapNotifications();
app.MapApiKeys();
app.MapHealth();
await app.RunAsync();
return 0;
