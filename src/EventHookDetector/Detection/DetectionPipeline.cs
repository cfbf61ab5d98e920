using EventHookDetector.Alerts;
using EventHookDetector.Detection.Rules;
using EventHookDetector.Hosting;
using EventHookDetector.Okta;
using FluentValidation;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>
/// The life of a log event, top to bottom. Each stage hands it to the next one or ends its story with the outcome named on
/// the right. To change what the detector does, start here.
/// </summary>
internal static class DetectionPipeline
{
    public static IServiceCollection AddDetection(this IServiceCollection services) => services
        .AddValidatedOptions<DetectionOptions, DetectionOptions.Validator>(DetectionOptions.Section)
        .AddSingleton<DetectionRules>()
        .AddHostedService<RuleMessages>()
        .AddSingleton(provider => provider.GetRequiredService<DetectionRules>().WantedEventTypes)
        .AddSingleton(provider => new RuleBook(provider.GetRequiredService<DetectionRules>().All))
        .AddSingleton<ExceptionItemsInForce>()
        .AddSingleton<IValidator<LogEvent>, LogEventValidator>()
        .AddSingleton<IMediator>(provider => new Mediator(provider.GetService!))
        .AddStage<OutcomeBehavior>()         // log, count and trace however it ends
        .AddStage<ValidationBehavior>()      // can we read it?                                    else Invalid
        .AddStage<MatchBehavior>()           // does a rule's query match it?                      else NotMatched
        .AddStage<TransactionBehavior>()     // from here on: all of it, or none of it
        .AddStage<DeduplicationBehavior>()   // is its uuid new to us?                             else Duplicate
        .AddStage<SeverityBehavior>()        // how much does it matter? more, by the facts
        .AddStage<BurstBehavior>()           // is it more of a reset we already know?             else Merged, or NotMatched while alone
        .AddStage<ExceptionItemBehavior>()   // does neither an item nor its rule except it?       else Excepted
        .AddStage<ExpectedResetBehavior>()   // was it not announced?                              else Expected
        .AddStage<AlertCapBehavior>()        // has its window room, or is it a newcomer's first?  else Capped
        .AddHandler<RaiseAlert>();           // store the alert and its notifications              Alerted

    // MediatR 5.1.0 calls behaviors in the order of their registration; the first one is the outermost.
    private static IServiceCollection AddStage<TBehavior>(this IServiceCollection services)
        where TBehavior : class, IPipelineBehavior<InspectLogEvent, DetectionResult> =>
        services.AddSingleton<IPipelineBehavior<InspectLogEvent, DetectionResult>, TBehavior>();

    private static IServiceCollection AddHandler<THandler>(this IServiceCollection services)
        where THandler : class, IRequestHandler<InspectLogEvent, DetectionResult> =>
        services.AddSingleton<IRequestHandler<InspectLogEvent, DetectionResult>, THandler>();
}
