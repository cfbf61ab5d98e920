using EventHookDetector.Okta;
using FluentValidation;
using MediatR;

namespace EventHookDetector.Detection;

/// <summary>Can we read it? What must be readable is little: see <see cref="LogEventValidator"/>.</summary>
internal sealed class ValidationBehavior(IValidator<LogEvent> validator) : IPipelineBehavior<InspectLogEvent, DetectionResult>
{
    public async Task<DetectionResult> Handle(
        InspectLogEvent request, CancellationToken cancellationToken, RequestHandlerDelegate<DetectionResult> next)
    {
        var validation = validator.Validate(request.LogEvent);

        return validation.IsValid
            ? await next()
            : new DetectionResult(DetectionOutcome.Invalid, string.Join(' ', validation.Errors.Select(error => error.ErrorMessage)));
    }
}

/// <summary>
/// A log event must be an object with an event type. All else may be null, odd or missing: refusing a reset for the sake of a
/// field that we merely show would be a reset unseen.
/// </summary>
internal sealed class LogEventValidator : AbstractValidator<LogEvent>
{
    public LogEventValidator()
    {
        RuleFor(logEvent => logEvent.Defect).Null().WithMessage(logEvent => logEvent.Defect);
    }
}
