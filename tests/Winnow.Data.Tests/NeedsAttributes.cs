using System.Diagnostics;

namespace Winnow.Data.Tests;

// Runs only with Debian's dataset-fashion-mnist; otherwise shown as skipped, with the reason.
internal sealed class FashionMnistFactAttribute : FactAttribute
{
    public const string Folder = "/usr/share/datasets/fashion-mnist";

    public FashionMnistFactAttribute() => Skip = Directory.Exists(Folder) ? null : "needs Debian's dataset-fashion-mnist";
}

// Runs only where the system's Python has numpy.
internal sealed class NumpyFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> s_present = new(() => Python("import numpy").Code == 0);

    public NumpyFactAttribute() => Skip = s_present.Value ? null : "needs /usr/bin/python3 with numpy (Debian's python3-numpy)";

    public static (int Code, string Output) Python(string script, params string[] arguments)
    {
        if (!File.Exists("/usr/bin/python3"))
        {
            return (-1, "no python");
        }

        var start = new ProcessStartInfo("/usr/bin/python3") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])["-c", script, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd() + error.GetAwaiter().GetResult();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
