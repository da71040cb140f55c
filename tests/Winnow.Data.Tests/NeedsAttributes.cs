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
    private static readonly Lazy<bool> s_present = new(static () => Python.Run("import numpy").Code == 0);

    public NumpyFactAttribute() => Skip = s_present.Value ? null : "needs /usr/bin/python3 with numpy (Debian's python3-numpy)";
}

// Runs only with Debian's wesnoth-1.16-data.
internal sealed class WesnothFactAttribute : FactAttribute
{
    private const string Images = "/usr/share/games/wesnoth/1.16/data/core/images/";

    public const string Units = Images + "units", Terrain = Images + "terrain";

    public WesnothFactAttribute() => Skip = Directory.Exists(Units) ? null : "needs Debian's wesnoth-1.16-data";
}

// The system's Python.
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
