using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Winnow.Cli.Tests.Support;

/// <summary>A test that runs numpy; skipped, with the remedy, where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NumpyFactAttribute : FactAttribute
{
    public NumpyFactAttribute() => Skip = Numpy.Missing!;
}

/// <summary>The Python that the setup installs numpy for.</summary>
internal static class Numpy
{
    public static string Python { get; } = Environment.GetEnvironmentVariable("PYTHON") ?? "/usr/bin/python3";

    public static string? Missing { get; } = Works() ? null : $"no numpy in {Python}; apt-get install python3-numpy, or name another in PYTHON";

    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", "..", ".."));

    private static bool Works()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import numpy"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
