using System.Diagnostics;
using System.Text.Json;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

/// <summary>What a signal does to the real program in a process of its own.</summary>
public sealed class SignalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void Interrupting_a_training_saves_what_there_is()
    {
        Assert.Equal(130, Interrupt("train", "INT"));
        Assert.Equal(["checkpoints/step", "events.jsonl", "report.html", "result.json", "run.json", "tensorboard/infobatch/seed", "weights/weights.npz", "weights/weights.safetensors"], _folder.Files("run").Select(static file => file.Split('-')[0]));
        Assert.True(Result.GetProperty("interrupted").GetBoolean());
        Assert.Equal(JsonValueKind.Null, Result.GetProperty("accuracy").ValueKind);
    }

    [TorchFact]
    public void Terminating_a_comparison_saves_what_there_is()
    {
        Assert.Equal(130, Interrupt("compare", "TERM"));
        Assert.True(Result.GetProperty("interrupted").GetBoolean());
        Assert.Equal(0, Result.GetProperty("arms").GetArrayLength());
    }

    [TorchFact]
    public void A_pipe_that_closes_early_ends_without_a_trace()
    {
        using var process = Start("/bin/sh", "-c", $"'{Program}' methods | head -1");
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal((0, ""), (process.ExitCode, error));
    }

    [Theory]
    [InlineData("", "", true)]
    [InlineData("", " --no-color", false)]
    [InlineData("NO_COLOR=1 ", "", false)]
    public void A_terminal_has_colours_unless_they_arent_wanted(string environment, string option, bool colours)
    {
        // script makes a terminal, in which an error is red.
        using var process = Start("env", "TERM=xterm-256color", "script", "-qec", $"{environment}'{Program}' train{option} --epochs none", "/dev/null");
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("winnow:", text, StringComparison.Ordinal);
        Assert.Equal(colours, text.Contains("\e[38;5;", StringComparison.Ordinal) || text.Contains("\e[31m", StringComparison.Ordinal) || text.Contains("\e[91m", StringComparison.Ordinal));
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "Winnow.Cli");

    private JsonElement Result => JsonDocument.Parse(File.ReadAllText(_folder.At("run/result.json"))).RootElement;

    /// <summary>Sends the signal once the run has finished an epoch, and returns the exit code.</summary>
    private int Interrupt(string verb, string signal)
    {
        // A shell that runs tests in the background ignores SIGINT, which every child would inherit.
        using var process = Start("env", "--default-signal=INT", Program, verb, _folder.Table(), "--epochs", "1000000", "--threads", "1", "--run", _folder.At("run"));
        try
        {
            string? line;
            do
            {
                line = process.StandardError.ReadLine();
            }
            while (line?.Contains("  epoch ", StringComparison.Ordinal) == false);

            Assert.NotNull(line);
            using (var kill = Start("kill", $"-{signal}", $"{process.Id}"))
            {
                kill.WaitForExit();
            }

            // Both pipes are drained, so that the end doesn't wait for a reader.
            process.OutputDataReceived += static (_, _) => { };
            process.BeginOutputReadLine();
            var rest = process.StandardError.ReadToEnd();
            Assert.True(process.WaitForExit(30_000), "the program didn't end within 30 s of the signal");
            Assert.Contains("stopping after this step", rest, StringComparison.Ordinal);
            return process.ExitCode;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static Process Start(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
}
