using EventHookDetector.Detection;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace EventHookDetector.Tests.Detection;

[Trait("Engine", "Any")]
public sealed class PipelineOrderTests
{
    private readonly IServiceCollection _services = new ServiceCollection().AddDetection();

    [Fact]
    public void A_log_event_goes_through_the_stages_in_this_order()
    {
        Assert.Equal(
            [
                typeof(OutcomeBehavior),
                typeof(ValidationBehavior),
                typeof(MatchBehavior),
                typeof(TransactionBehavior),
                typeof(DeduplicationBehavior),
                typeof(SeverityBehavior),
                typeof(BurstBehavior),
                typeof(ExceptionItemBehavior),
                typeof(ExpectedResetBehavior),
                typeof(AlertCapBehavior),
            ],
            Registered<IPipelineBehavior<InspectLogEvent, DetectionResult>>());
    }

    [Fact]
    public void Behind_the_last_stage_the_alert_is_raised()
    {
        Assert.Equal([typeof(RaiseAlert)], Registered<IRequestHandler<InspectLogEvent, DetectionResult>>());
    }

    private IEnumerable<Type?> Registered<T>() => _services.Where(service => service.ServiceType == typeof(T)).Select(service => service.ImplementationType);
}
