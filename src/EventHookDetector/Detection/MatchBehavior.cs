using EventHookDetector.Detection.Rules;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>Does a rule's query match it?</summary>
internal sealed class MatchBehavior(DetectionRules rules) : IPipelineBehavior<InspectLogEvent, DetectionResult>
{
    public async Task<DetectionResult> Handle(
        InspectLogEvent request, CancellationToken cancellationToken, RequestHandlerDelegate<DetectionResult> next)
    {
        if (rules.FirstMatching(request.LogEvent) is not { } rule) return new DetectionResult(DetectionOutcome.NotMatched);

        request.Rule = rule;
        return await next();
    }
}
