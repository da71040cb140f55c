using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Winnow.Cli.Tests.Support;

/// <summary>The library that kills a program at its n-th change to files: see killer.c, from which it is built when it is first needed.</summary>
internal static class Killer
{
    private static readonly Lazy<string> s_library = new(static () => Build());

    public static string Library => s_library.Value;

    /// <summary>Runs the program and kills it at a change to a folder.</summary>
    /// <param name="folder">Whose changes count.</param>
    /// <param name="at">Which change, from 1; 0 lets it live and logs the changes to the folder's name with <c>.log</c> behind.</param>
    /// <param name="arguments">The command line.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string folder, int at, params string[] arguments)
    {
        var start = new ProcessStartInfo(RunningProgram.Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LD_PRELOAD"] = Library;
        start.Environment["KILLER_FOLDER"] = folder;
        start.Environment["KILLER_AT"] = $"{at}";
        if (at == 0)
        {
            start.Environment["KILLER_LOG"] = folder + ".log";
        }

        using var process = Process.Start(start)!;
        process.OutputDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        _ = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

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
