using System.Diagnostics;

namespace Winnow.Torch.Tests.Support;

/// <summary>A test of ranks that PyTorch's own launcher starts; skipped, with the reason in the report, where it isn't.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TorchrunFactAttribute : FactAttribute
{
    public TorchrunFactAttribute() => Skip = Torchrun.Missing!;
}

/// <summary>PyTorch's launcher.</summary>
internal static class Torchrun
{
    public static string? Missing { get; } = Ranks.Missing
        ?? ((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(static folder => File.Exists(Path.Combine(folder, "torchrun"))) ? null : "no torchrun here");

    /// <summary>Runs this assembly as two ranks.</summary>
    public static (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        // Only standard output in a log and copied (-r 1, -t 1): else torchrun of torch 1.13 fails under Python 3.11.
        var logs = Directory.CreateTempSubdirectory("winnow-torchrun-");
        string[] all =
        [
            "--no_python", "--nproc_per_node", "2", "--monitor_interval", "0.5", "--master_addr", "127.0.0.1", "--master_port", $"{Ranks.FreePort()}", "--max_restarts", "1",
            "-r", "1", "-t", "1", "--log_dir", logs.FullName, "dotnet", "exec", typeof(Torchrun).Assembly.Location, .. arguments,
        ];
        using var process = Process.Start(new ProcessStartInfo("torchrun", all) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        logs.Delete(recursive: true);
        return (process.ExitCode, output, errors.Result);
    }
}
