using EventHookDetector.Alerts;
using EventHookDetector.Detection;
using EventHookDetector.Notifications;
using EventHookDetector.Storage;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(TimeProvider.System).AddStorage().AddAlerts().AddDetection().AddNotifications();
var app = builder.Build();
app.Run();
