using FluentValidation;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace EventHookDetector.Hosting;

/// <summary>Errors as RFC 9457 problem details: what is wrong, and what to do about it.</summary>
internal static class Problem
{
    private const string NotReadable =
        "The request could not be read: it breaks the rules of HTTP, or a parameter or the body is not of the kind that this route takes. "
        + "A body is JSON in UTF-8, and in a text every surrogate (such as \\ud800) has its other half. /swagger shows an example for each route.";
    private const string TooSlow = "The request came too slowly: of a body, less than 240 bytes a second. Send it again, over a better line.";
    private const string TooLong = "The body is longer than this route takes, which is 1 MiB where no setting says otherwise. Send less at once.";

    /// <summary>
    /// Answers unexpected exceptions. Okta retries a 503 once, so the hook answers 503 to all of them. Below /api a 503 means that storage is
    /// unavailable; any other exception is a defect of the detector: 500 with a trace id.
    /// </summary>
    public static void UseProblemDetails(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = WriteAsync,
            SuppressDiagnosticsCallback = context => context.Exception is BadHttpRequestException,   // a fault of whoever asked, who is told
        });
        app.UseStatusCodePages();
    }

    /// <summary>Says what is wrong and what to do about it where the framework says no more than a number.</summary>
    public static void AddDefaultDetail(ProblemDetailsContext context) => context.ProblemDetails.Detail ??= context.ProblemDetails.Status switch
    {
        StatusCodes.Status400BadRequest => NotReadable,
        StatusCodes.Status404NotFound => "There is nothing at this path. /swagger lists what there is.",
        StatusCodes.Status405MethodNotAllowed => "This path takes other methods; the header Allow names them, and /swagger lists them.",
        StatusCodes.Status408RequestTimeout => TooSlow,
        StatusCodes.Status413PayloadTooLarge => TooLong,
        StatusCodes.Status415UnsupportedMediaType => "The body must be JSON, with the header Content-Type: application/json.",
        _ => null,
    };

    public static Task UnauthorizedAsync(HttpContext context, string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status401Unauthorized).ExecuteAsync(context);

    public static Task ForbiddenAsync(HttpContext context, string detail) =>
        TypedResults.Problem(detail, statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(context);

    public static IResult BadRequest(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status400BadRequest);

    public static IResult NotFound(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound);

    public static IResult Conflict(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status409Conflict);

    public static IResult UnsupportedMediaType(string detail) => TypedResults.Problem(detail, statusCode: StatusCodes.Status415UnsupportedMediaType);

    /// <returns>A 400 that names all that is wrong with a request at once; null if nothing is.</returns>
    public static IResult? FindFault<T>(T request, IValidator<T> rules)
    {
        var faults = rules.Validate(request).Errors;
        return faults.Count == 0 ? null : BadRequest(string.Join(' ', faults.Select(fault => fault.ErrorMessage)));
    }

    private static Task WriteAsync(HttpContext context)
    {
        var handled = context.Features.Get<IExceptionHandlerPathFeature>()!;
        var status = StatusFor(handled, context.RequestServices.GetRequiredService<UnavailableStorage>());
        context.Response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable) context.Response.Headers.RetryAfter = "5";
        return TypedResults.Problem(new ProblemDetails { Detail = DetailOf(handled.Error, status), Status = status }).ExecuteAsync(context);
    }

    private static int StatusFor(IExceptionHandlerPathFeature handled, UnavailableStorage storage)
    {
        if (handled.Error is BadHttpRequestException bad) return bad.StatusCode;

        var isDefect = handled.Path.StartsWith("/api/", StringComparison.OrdinalIgnoreCase) && !storage.Explains(handled.Error);
        return isDefect ? StatusCodes.Status500InternalServerError : StatusCodes.Status503ServiceUnavailable;
    }

    // The framework's sentences may repeat what was sent; ours do not.
    private static string DetailOf(Exception fault, int status) => fault switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => TooSlow,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => TooLong,
        BadHttpRequestException => NotReadable,
        TimeoutException => "The database could not keep up in time. Nothing was lost that a second try would not bring; try again in a few seconds.",
        _ when status == StatusCodes.Status500InternalServerError =>
            "The detector failed in a way that it does not know; the log says where. This is a defect: please report it with the traceId and that log line.",
        _ => "The database or the disk is not available. Try again in a few seconds; the log says what is wrong.",
    };
}

/// <summary>Tells exceptions of an unavailable storage from defects of the detector.</summary>
internal sealed record UnavailableStorage(Func<Exception, bool> Explains);
