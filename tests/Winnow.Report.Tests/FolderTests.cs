using Winnow.Report.Reading;
using Winnow.Report.Tests.Support;

namespace Winnow.Report.Tests;

public sealed class FolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_no_run_folder_is_refused_with_what_helps()
    {
        Directory.CreateDirectory(_folder.At("empty"));
        Directory.CreateDirectory(_folder.At("idle"));
        File.WriteAllText(_folder.At("idle/events.jsonl"), "");
        var damaged = RecordedRuns.Copy(RecordedRuns.Quick, _folder.At("damaged"), static line => line.Contains("\"epoch\":3", StringComparison.Ordinal) ? line[..40] : line);
        var text = RecordedRuns.Copy(RecordedRuns.Quick, _folder.At("text"), static line => line.Contains("\"epoch\":3", StringComparison.Ordinal) ? "{\"a\":1}" : line);
        var list = RecordedRuns.Copy(RecordedRuns.Quick, _folder.At("list"));
        File.WriteAllText(Path.Combine(list, "result.json"), "[]");
        var half = RecordedRuns.Copy(RecordedRuns.Quick, _folder.At("half"));
        File.WriteAllText(Path.Combine(half, "result.json"), "{\"kind\":\"compare\"}");
        var noReport = RecordedRuns.Copy(RecordedRuns.Quick, _folder.At("no-report"), static line => line.Contains("\"epoch\":3", StringComparison.Ordinal) ? """{"event":"epoch_ended","report":null,"at":"2026-11-21T08:54:19+00:00","arm":"full","seed":1}""" : line);
        var noArms = RecordedRuns.Copy(RecordedRuns.Quick, _folder.At("no-arms"), result: static result =>
        {
            result["arms"] = null;
            return result;
        });
        var gap = RecordedRuns.Copy(RecordedRuns.Quick, _folder.At("gap"), result: static result =>
        {
            result["arms"]!.AsArray()[1] = null;
            return result;
        });
        foreach (var (folders, problem) in new[]
        {
            (Array.Empty<string>(), "no run folder is given"),
            ([_folder.At("missing")], "there is no such folder"),
            ([_folder.At("empty")], "holds no events.jsonl"),
            ([_folder.At("idle")], "no run has begun there yet"),
            ([RecordedRuns.Quick, RecordedRuns.Quick + "/"], "is given twice"),
            ([damaged], "events.jsonl, line 8: this is no event of Winnow"),
            ([text], "it names no event"),
            ([noReport], "line 8: this is no event of Winnow"),
            ([noArms], "result.json: this is no result of Winnow"),
            ([gap], "result.json: this is no result of Winnow ($.arms[1] is null)"),
            ([list], "result.json: this is no result of Winnow"),
            (new[] { half }, "result.json: this is no result of Winnow"),
        })
        {
            var error = Assert.Throws<ReportException>(() => RunReport.Html(folders));
            Assert.Contains(problem, error.Message, StringComparison.Ordinal);
            Assert.False(error.Writing);
        }
    }

    [Fact]
    public void A_run_cut_off_in_the_middle_of_a_line_is_read_to_the_line_before()
    {
        var folder = RecordedRuns.Copy(RecordedRuns.Quick, _folder.At("cut"), result: static _ => null);
        var events = Path.Combine(folder, "events.jsonl");
        File.WriteAllText(events, File.ReadAllText(events)[..^300]);
        var read = FolderReader.Read(folder);
        Assert.Equal(3, read.Runs.Count);
        Assert.Null(read.Runs[^1].End);
        Assert.Contains("There is no result.json", read.Note, StringComparison.Ordinal);
        Assert.Contains("2 of 3 runs so far came to their end. Without a result nothing is concluded.", RunReport.Html([folder]), StringComparison.Ordinal);
    }

    [Fact]
    public void Events_of_other_kinds_are_passed_over_and_an_epoch_that_comes_again_counts_as_it_was_last()
    {
        var folder = RecordedRuns.Copy(RecordedRuns.Quick, _folder.At("resumed"), static line => line);
        var events = Path.Combine(folder, "events.jsonl");
        var lines = File.ReadAllLines(events).ToList();
        var fourth = lines.First(static line => line.Contains("\"epoch_ended\"", StringComparison.Ordinal) && line.Contains("\"epoch\":3", StringComparison.Ordinal));
        lines.Insert(lines.IndexOf(fourth) + 1, """{"event":"checkpoint_written","at":"2026-11-21T08:54:19+00:00","arm":"full","seed":1,"epoch":3}""");
        lines.Insert(lines.IndexOf(fourth) + 2, System.Text.RegularExpressions.Regex.Replace(fourth, "\"accuracy\":[0-9.]+", "\"accuracy\":0.125"));
        File.WriteAllLines(events, lines);
        var run = FolderReader.Read(folder).Runs[0];
        Assert.Equal([0, 1, 2, 3, 4, 5], run.History.Select(static epoch => epoch.Report.Epoch));
        Assert.Equal(0.125, run.History[3].Report.Accuracy);
    }

    [Fact]
    public void A_report_replaces_a_report_and_nothing_else()
    {
        var file = _folder.At("report.html");
        RunReport.Write(file, [RecordedRuns.Quick]);
        var first = File.ReadAllText(file);
        RunReport.Write(file, [RecordedRuns.Quick]);
        Assert.Equal(first, File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFileSystemEntries(_folder.Path));

        File.WriteAllText(_folder.At("mine.html"), "<!DOCTYPE html>\n<p>mine");
        File.WriteAllText(_folder.At("short"), "x");
        foreach (var (path, problem) in new[]
        {
            (_folder.At("mine.html"), "is no report of Winnow"), (_folder.At("short"), "is no report of Winnow"), (Path.Combine(RecordedRuns.Quick, "result.json"), "is no report of Winnow"),
            ("/dev/null", "is no report of Winnow"), (_folder.Path, "is a folder"), (_folder.At("no/report.html"), "a folder that doesn't exist"), (_folder.At("short/report.html"), "a folder that doesn't exist"),
        })
        {
            Assert.Contains(problem, Assert.Throws<ReportException>(() => RunReport.Write(path, [RecordedRuns.Quick])).Message, StringComparison.Ordinal);
        }

        Assert.Equal("<!DOCTYPE html>\n<p>mine", File.ReadAllText(_folder.At("mine.html")));
        Assert.Equal(3, Directory.GetFileSystemEntries(_folder.Path).Length);
    }

    [Fact]
    public void What_cant_be_written_says_so_and_leaves_nothing()
    {
        var error = Assert.Throws<ReportException>(() => RunReport.Write("/proc/report.html", [RecordedRuns.Quick]));
        Assert.True(error.Writing);
        Assert.Contains("the report can't be written to /proc/report.html", error.Message, StringComparison.Ordinal);
    }
}
