using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Winnow.Cli.Tests.Support;

/// <summary>The library that kills a program at its n-th change to files: see killer.c, from which it is built when it is first needed.</summary>
internal static class Killer
{
    private static readonly Lazy<string> s_library = new(static () => Build());

    public static string Library => s_library.Value;

    private static string Build([CallerFilePath] string here = "")
    {
        var library = Path.Combine(AppContext.BaseDirectory, "killer.so");
        try
        {
            using var compiler = Process.Start(new ProcessStartInfo("cc", ["-shared", "-fPIC", "-O1", "-o", library, Path.Combine(Path.GetDirectoryName(here)!, "killer.c"), "-ldl"]) { RedirectStandardError = true })!;
            var error = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? library : throw new InvalidOperationException($"killer.c doesn't compile here: {error}");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException($"there is no C compiler for killer.c: {error.Message}", error);
        }
    }
}
