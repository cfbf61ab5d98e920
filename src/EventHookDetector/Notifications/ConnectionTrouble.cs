using System.Net.Sockets;
using System.Security.Authentication;

namespace EventHookDetector.Notifications;

/// <summary>
/// What kept us from a channel, in words. All of it is worth another try: the far end comes back, a certificate is renewed,
/// a name resolves again, and an operator who sets a key wants the alerts of the meantime too.
/// </summary>
internal static class ConnectionTrouble
{
    public static NotificationResult.Retry Describe(Exception fault, string notifier, Redaction redaction) =>
        new(redaction.Clean(InWords(fault, notifier)));

    private static string InWords(Exception fault, string notifier) => Causes(fault).Select(cause => cause switch
    {
        AddressRefusedException { CanBeAllowed: true } =>
            $"{cause.Message}; set Notifiers:{notifier}:AllowPrivateAddresses to true if that is meant.",
        AddressRefusedException => $"{cause.Message}; that is never allowed, so the name or its DNS record must change.",
        AuthenticationException => $"No secure connection; the certificate must be valid for that host, and trusted here. {cause.Message}",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
            "The host's name could not be resolved: it is misspelt, or DNS is away.",
        SocketException socket => $"No connection: {socket.Message}.",
        OperationCanceledException => "No connection in time.",
        _ => null,
    }).FirstOrDefault(words => words is not null) ?? $"The connection broke: {fault.GetBaseException().Message}";

    private static IEnumerable<Exception> Causes(Exception fault)
    {
        for (var cause = fault; cause is not null; cause = cause.InnerException) yield return cause;
    }
}
