using Winnow.Cli.Tests.Support;

namespace Winnow.Cli.Tests;

[Collection(TrainingCollection.Name)]
public sealed class ReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TorchFact]
    public void A_run_leaves_its_report_and_it_can_be_made_again_and_with_others()
    {
        var data = _folder.Table();
        foreach (var run in new[] { "a", "b" })
        {
            Assert.Equal(0, Invocation.Run("train", data, "--epochs", "2", "--threads", "1", "--run", _folder.At(run), "--json").Code);
        }

        // What the run wrote at its end is what can be made of its folder afterwards.
        var written = File.ReadAllText(_folder.At("a/report.html"));
        Assert.Contains("infobatch ended at", written, StringComparison.Ordinal);
        var again = Invocation.Run("report", _folder.At("a"));
        Assert.Equal((0, $"Report: {_folder.At("a/report.html")}\n", ""), (again.Code, again.Out, again.Error));
        Assert.Equal(written, File.ReadAllText(_folder.At("a/report.html")));

        var both = Invocation.Run("report", _folder.At("a"), _folder.At("b"), "--out", _folder.At("both.html"));
        Assert.Equal((0, ""), (both.Code, both.Error));
        Assert.Contains("2 runs of winnow train stand side by side", File.ReadAllText(_folder.At("both.html")), StringComparison.Ordinal);
    }

    [TorchFact]
    public void Events_hold_the_losses_that_each_epoch_was_planned_from()
    {
        Invocation.Run("train", _folder.Table(), "--epochs", "3", "--threads", "1", "--run", _folder.At("run"), "--json");
        var page = File.ReadAllText(_folder.At("run/report.html"));
        Assert.Contains("<figure id=\"run-losses\">", page, StringComparison.Ordinal);
        Assert.Contains("<figure id=\"run-cut\">", page, StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_report_can_be_made_of_is_refused_and_nothing_is_written()
    {
        Directory.CreateDirectory(_folder.At("empty"));
        File.WriteAllText(_folder.At("mine.txt"), "mine");
        Directory.CreateDirectory(_folder.At("run"));
        File.WriteAllText(_folder.At("run/events.jsonl"), """{"event":"run_started","method":"full","epochs":1,"steps":null,"at":"2026-11-21T08:54:19+00:00","arm":"full","seed":1}""" + "\n");
        foreach (var (args, problem) in new[]
        {
            (new[] { _folder.At("missing") }, "there is no such folder"),
            ([_folder.At("empty")], "holds no events.jsonl"),
            ([_folder.At("empty"), "--out", ""], "--out is empty"),
            ([_folder.At("run"), "--out", _folder.At("mine.txt")], "is no report of Winnow"),
            ([_folder.At("run"), "--out", _folder.Path], "is a folder"),
            ([], "report needs <run>"),
        })
        {
            Assert.Contains(problem, Invocation.Fail(2, ["report", .. args]), StringComparison.Ordinal);
        }

        Assert.Equal(["mine.txt", "run/events.jsonl"], _folder.Files());
        Assert.Equal("mine", File.ReadAllText(_folder.At("mine.txt")));
    }
}
