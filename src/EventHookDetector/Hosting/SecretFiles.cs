using Microsoft.Extensions.Configuration.KeyPerFile;
using Microsoft.Extensions.FileProviders;

namespace EventHookDetector.Hosting;

/// <summary>Settings from a folder with a file for each. Line ends at the end of a file come from editors and shells, and are no part of a value.</summary>
internal sealed class SecretFiles(KeyPerFileConfigurationSource source) : KeyPerFileConfigurationProvider(source)
{
    public override void Load()
    {
        base.Load();
        foreach (var key in Data.Keys.ToArray()) Data[key] = Data[key]?.TrimEnd('\r', '\n');
    }
}

internal static class SecretFilesRegistration
{
    public static void AddSecretFiles(this IConfigurationBuilder configuration, string folder)
    {
        if (Directory.Exists(folder)) configuration.Add(new Source { FileProvider = new PhysicalFileProvider(folder), Optional = true });
    }

    private sealed class Source : KeyPerFileConfigurationSource, IConfigurationSource
    {
        IConfigurationProvider IConfigurationSource.Build(IConfigurationBuilder builder) => new SecretFiles(this);
    }
}
