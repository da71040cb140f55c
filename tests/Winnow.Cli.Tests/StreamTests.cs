using System.Diagnostics;
using System.Text.Json;
using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

/// <summary>Real processes whose standard streams are closed, full or without a reader.</summary>
public sealed class StreamTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchTheory]
    [InlineData("2>/dev/full")]
    [InlineData("2>&-")]
    [InlineData("2> >(head -n 1 >/dev/null)")]
    [InlineData("0<&- 2>&-")]
    [InlineData("0<&- 1>&- 2>&-")]
    [InlineData(">/dev/null 2>/dev/full")]
    public void A_run_goes_on_to_its_end_when_nobody_can_be_told_how_far_it_is(string streams)
    {
        var (code, _, _) = Shell($"\"$program\" train {_folder.Table()} --epochs 30 --run {_folder.At("run")} {streams}");
        Assert.Equal(0, code);
        using var result = JsonDocument.Parse(File.ReadAllText(_folder.At("run/result.json")));
        Assert.Equal(30, result.RootElement.GetProperty("history").GetArrayLength());

        // No file of the run has got a line that was meant for people.
        Assert.All(File.ReadLines(_folder.At("run/events.jsonl")), static line => Assert.StartsWith("{\"event\":", line, StringComparison.Ordinal));
        Assert.All(_folder.Files("run").Where(static file => file.EndsWith(".json", StringComparison.Ordinal)), file => JsonDocument.Parse(File.ReadAllText(_folder.At($"run/{file}"))).Dispose());
    }

    [TorchFact]
    public void A_reader_that_goes_away_in_the_middle_ends_nothing()
    {
        var (code, _, _) = Shell($"\"$program\" train {_folder.Table()} --epochs 200 --run {_folder.At("run")} 2> >(sleep 0.2; exec <&-) >/dev/null");
        Assert.Equal(0, code);
        Assert.True(File.Exists(_folder.At("run/result.json")));
    }

    [TorchFact]
    public void Bad_input_is_told_by_the_exit_code_alone_where_nothing_else_can()
    {
        Assert.Equal(2, Shell("\"$program\" train nothing-here 2>/dev/full").Code);
        Assert.Equal(2, Shell("\"$program\" train nothing-here >&- 2>&-").Code);
    }

    [TorchFact]
    public void A_result_that_cannot_be_printed_is_an_error_and_lies_in_the_folder()
    {
        var (code, _, error) = Shell($"\"$program\" train {_folder.Table()} --epochs 1 --json --run {_folder.At("run")} >/dev/full");
        Assert.Equal(1, code);
        Assert.Contains("winnow: standard output couldn't be written: No space left on device", error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder.At("run/result.json")));
    }

    [Fact]
    public void A_reader_that_has_read_enough_is_no_error()
    {
        var (code, output, error) = Shell("set -o pipefail; \"$program\" methods | head -n 1");
        Assert.Equal((0, ""), (code, error));
        Assert.Single(output.TrimEnd().Split('\n'));
    }

    private static (int Code, string Out, string Error) Shell(string command)
    {
        var start = new ProcessStartInfo("bash", ["-c", command]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        (start.Environment["program"], start.Environment["OMP_NUM_THREADS"]) = (RunningProgram.Program, "1");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromMinutes(2)));
        return (process.ExitCode, output, error.Result);
    }
}
