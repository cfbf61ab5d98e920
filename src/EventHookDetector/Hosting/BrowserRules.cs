namespace EventHookDetector.Hosting;

/// <summary>What a browser may do with a page of ours.</summary>
internal static class BrowserRules
{
    /// <param name="policy">The page's Content-Security-Policy.</param>
    public static void Set(IHeaderDictionary headers, string policy)
    {
        headers.ContentSecurityPolicy = policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }
}
