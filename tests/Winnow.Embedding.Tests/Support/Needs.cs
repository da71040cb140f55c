using System.Diagnostics;

namespace Winnow.Embedding.Tests.Support;

/// <summary>Runs only where the system's Python has numpy; otherwise shown as skipped, with the reason.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NumpyFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> s_present = new(static () => Python.Run("import numpy").Code == 0);

    public NumpyFactAttribute() => Skip = s_present.Value ? null : "needs /usr/bin/python3 with numpy (Debian's python3-numpy)";
}

/// <summary>Runs only with Debian's wesnoth-1.16-data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class WesnothFactAttribute : FactAttribute
{
    public const string Terrain = "/usr/share/games/wesnoth/1.16/data/core/images/terrain";

    public WesnothFactAttribute() => Skip = Directory.Exists(Terrain) ? null : "needs Debian's wesnoth-1.16-data";
}

/// <summary>The system's Python.</summary>
internal static class Python
{
    public static (int Code, string Output) Run(string script, params string[] arguments)
    {
        if (!File.Exists("/usr/bin/python3"))
        {
            return (-1, "no python");
        }

        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
