using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace EventHookDetector.Hosting;

/// <summary>Faults of the addresses that the detector listens on, named with the setting that holds each.</summary>
internal sealed class ListenFaults : IConfigurationCheck
{
    private const string Urls = "ASPNETCORE_URLS (--urls)";
    private const string Ports = "ASPNETCORE_HTTP_PORTS";

    public IEnumerable<string> FindFaults(IConfiguration configuration) =>
        from address in AddressesOf(configuration)
        where !address.Setting.StartsWith($"{ListenOptions.Section}:", StringComparison.Ordinal)   // its own rule checks those
        let fault = FindFault(address.Url)
        where fault is not null
        select $"{address.Setting} {fault}";

    /// <returns>One sentence; null if the fault is about no address.</returns>
    public static string? Explain(Exception fault, IConfiguration configuration)
    {
        if (!IsAboutAnAddress(fault)) return null;

        foreach (var (setting, url) in AddressesOf(configuration))
        {
            if (FindTrouble(url) is { } trouble) return $"{setting} names {url}, {trouble}";
        }

        return $"{SettingsOf(configuration)}: {StartUp.OneLine(fault.Message)} Choose another address";
    }

    private static string? FindFault(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            // The framework reads a port that is no number as a part of the name, and listens on port 80.
            if (address.Host.Contains(':', StringComparison.Ordinal) && !address.Host.StartsWith('[') && !address.IsUnixPipe) return "must hold ports that are numbers, such as 8080";

            return address.Scheme is not ("http" or "https") ? "must hold addresses that begin with http:// or https://"
                : address.PathBase.Length > 0 ? "must hold addresses without a path, such as http://127.0.0.1:8080"
                : null;
        }
        catch (FormatException)
        {
            return "must hold addresses such as http://127.0.0.1:8080, separated by semicolons";
        }
    }

    private static bool IsAboutAnAddress(Exception fault) =>
        fault is AddressInUseException or SocketException || (fault.InnerException is { } inner && IsAboutAnAddress(inner));

    /// <summary>Kestrel names the address only of some faults, so each is tried again here.</summary>
    private static string? FindTrouble(string url)
    {
        var address = BindingAddress.Parse(url);
        if (address.IsUnixPipe || address.IsNamedPipe) return null;

        try
        {
            foreach (var ip in IpsOf(address.Host))
            {
                using var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                if (ip.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
                socket.Bind(new IPEndPoint(ip, address.Port));
                socket.Listen();
            }

            return null;
        }
        catch (SocketException trouble)
        {
            return trouble.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => "which another program uses. Stop that program, or choose another port",
                SocketError.AccessDenied => "which needs a privilege that this user lacks. Choose a port from 1024 on",
                SocketError.AddressNotAvailable => "which is no address of this machine. Choose one of its own, or * for all",
                _ => $"which cannot be used ({trouble.SocketErrorCode}). Choose another address",
            };
        }
    }

    private static IPAddress[] IpsOf(string host) => host.ToLowerInvariant() switch
    {
        "localhost" => [IPAddress.Loopback],
        var name when IPAddress.TryParse(name.Trim('[', ']'), out var address) => [address],
        _ when Socket.OSSupportsIPv6 => [IPAddress.IPv6Any],
        _ => [IPAddress.Any],
    };

    private static IEnumerable<(string Setting, string Url)> AddressesOf(IConfiguration configuration)
    {
        var own = Listening.OwnAddresses(configuration).ToArray();
        foreach (var (part, address) in own) yield return ($"{ListenOptions.Section}:{part}", address);

        var urls = (configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        foreach (var url in urls.Where(url => own.All(part => part.Address != url))) yield return (Urls, url);
        if (urls.Length > 0) yield break;

        foreach (var scheme in (string[])["http", "https"])
        {
            foreach (var port in (configuration[$"{scheme}_ports"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                yield return (Ports, $"{scheme}://*:{port}");
        }

        foreach (var endpoint in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            if (endpoint["Url"] is { Length: > 0 } url) yield return ($"{endpoint.Path}:Url", url);
        }
    }

    private static string SettingsOf(IConfiguration configuration) =>
        string.Join(", ", AddressesOf(configuration).Select(address => address.Setting).Distinct(StringComparer.Ordinal).DefaultIfEmpty(Urls));
}
