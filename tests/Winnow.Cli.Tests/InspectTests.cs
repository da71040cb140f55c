using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Winnow.Cli.Tests.Support;
using Winnow.Data;
using Winnow.Data.Formats;
using Winnow.Data.Subsets;
using Winnow.Records.Inspection;

namespace Winnow.Cli.Tests;

[Collection(TrainingCollection.Name)]
public sealed partial class InspectTests : IDisposable
{
    private static readonly string[] s_slice = ["fashion-mnist", "--model", "resnet-small", "--width", "8", "--limit", "3000", "--batch-size", "64", "--threads", "1", "--quiet"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // One training on real data with labels made wrong on purpose, looked at from all sides.
    [TorchFact(fashionMnist: true)]
    public void What_was_never_learned_is_where_the_wrong_labels_are_and_the_export_says_what_was_recorded()
    {
        Assert.Equal(0, Invocation.Run(["train", .. s_slice, "--epochs", "4", "--method", "infobatch", "--label-noise", "0.2", "--run", _folder.At("run")]).Code);
        Assert.Equal(["samples/clean_labels.npy", "samples/ids.npy", "samples/labels.npy", "samples/losses.npy", "samples/predictions.npy"], _folder.Files("run").Where(static file => file.StartsWith("samples", StringComparison.Ordinal)));
        var result = Invocation.Run("inspect", _folder.At("run"), "--out", _folder.At("samples.csv"), "--top", "5");
        Assert.Equal((0, ""), (result.Code, result.Error));
        Assert.StartsWith("fashion-mnist, resnet-small, infobatch, seed 1: 3,000 samples, 4 of 4 epochs recorded\n", result.Out, StringComparison.Ordinal);
        Assert.Contains($"Samples: {_folder.At("samples.csv")}\n", result.Out, StringComparison.Ordinal);

        // Computed again from the recorded arrays and the data set, a sample at a time.
        var losses = Npy.Read(_folder.At("run/samples/losses.npy"));
        var predictions = Npy.Read(_folder.At("run/samples/predictions.npy")).AsSpan<int>().ToArray();
        Assert.Equal("[4, 3000]", losses.ShapeText);
        var clean = DataSources.Open("fashion-mnist").Train.Take(3000);
        var noisy = clean.WithLabelNoise(0.2);
        var rows = File.ReadAllText(_folder.At("samples.csv")).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(',')).ToArray();
        var column = rows[0].Index().ToDictionary(static name => name.Item, static name => name.Index);
        Assert.Equal(3001, rows.Length);
        var visits = 0;
        for (var id = 0; id < 3000; id++)
        {
            var row = rows[id + 1];
            int[] visited = [.. Enumerable.Range(0, 4).Where(epoch => !float.IsNaN(losses.AsSpan<float>()[(epoch * 3000) + id]))];
            double[] own = [.. visited.Select(epoch => (double)losses.AsSpan<float>()[(epoch * 3000) + id])];
            bool[] right = [.. visited.Select(epoch => predictions[(epoch * 3000) + id] == noisy.Labels[id])];
            Assert.Equal((id, noisy.Labels[id], clean.Labels[id]), (Int("id"), Int("label"), Int("clean_label")));
            Assert.Equal(clean.ClassNames![noisy.Labels[id]], row[column["label_name"]]);
            Assert.Equal((visited.Length, 4 - visited.Length), (Int("visits"), Int("dropped")));
            Assert.Equal((own.Average(), own.Max(), own[^1]), (Double("mean_loss"), Double("max_loss"), Double("last_loss")), Near);
            Assert.Equal(own.TakeLast(3).Average(), Double("late_loss"), 1e-6);
            Assert.Equal(right.Zip(right.Skip(1)).Count(static pair => pair is (true, false)), Int("forgotten"));
            Assert.Equal(right.Contains(true) ? $"{visited[Array.IndexOf(right, true)] + 1}" : "", row[column["first_learned"]]);
            Assert.Equal(predictions[(visited[^1] * 3000) + id], Int("prediction"));
            visits += visited.Length;

            int Int(string name) => int.Parse(row[column[name]], CultureInfo.InvariantCulture);
            double Double(string name) => double.Parse(row[column[name]], CultureInfo.InvariantCulture);
        }

        // InfoBatch left some out, and the events say how many.
        Assert.InRange(visits, 9000, 11_900);
        Assert.Equal(visits, JsonDocument.Parse(File.ReadAllText(_folder.At("run/result.json"))).RootElement.GetProperty("visited").GetInt32());

        // A fifth of all labels are wrong. Measured: 536 of the 829 never learned and all of the first 100, 536 of the 600 wrong ones; half, four
        // fifths and two thirds are asked.
        string[][] never = [.. rows.Skip(1).Where(row => row[column["first_learned"]].Length == 0).OrderByDescending(row => double.Parse(row[column["mean_loss"]], CultureInfo.InvariantCulture))];
        bool Wrong(string[] row) => row[column["label"]] != row[column["clean_label"]];
        Assert.Equal(600, rows.Skip(1).Count(Wrong));
        Assert.True(never.Count(Wrong) > 0.5 * never.Length, $"{never.Count(Wrong)} of {never.Length} never learned are wrong");
        Assert.True(never.Take(100).Count(Wrong) > 80, $"{never.Take(100).Count(Wrong)} of the first 100 are wrong");
        Assert.True(never.Count(Wrong) > 400, $"{never.Count(Wrong)} of 600 wrong labels are found");
        var shown = string.Create(CultureInfo.InvariantCulture, $"Never learned: {never.Length:N0} ({(double)never.Length / 3000:P1})");
        Assert.Contains(shown, result.Out, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{(double)never.Count(Wrong) / never.Length:P1} of them have a label that the experiment made wrong; of all, 20.0 % do."), result.Out, StringComparison.Ordinal);
        Assert.Contains($"│ {never[0][0],4} │", result.Out, StringComparison.Ordinal);

        // One class, by name whatever its case and by number, as JSON lines.
        var shirt = Invocation.Run("inspect", _folder.At("run"), "--class", "shirt", "--out", _folder.At("shirts.jsonl"));
        Assert.Equal(Invocation.Run("inspect", _folder.At("run"), "--class", "6").Out, shirt.Out[..^$"Samples: {_folder.At("shirts.jsonl")}\n".Length]);
        var shirts = File.ReadAllLines(_folder.At("shirts.jsonl")).Select(static line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(rows.Skip(1).Where(row => row[column["label"]] == "6").Select(static row => row[0]), shirts.Select(static sample => sample.GetProperty("id").ToString()));
        Assert.Contains($"{shirts.Length} samples of class Shirt", shirt.Out, StringComparison.Ordinal);
    }

    [TorchFact]
    public void A_training_records_by_default_and_a_comparison_when_it_is_told_to()
    {
        var data = _folder.Table();
        string[] options = ["--epochs", "2", "--threads", "1", "--quiet", "--run"];
        Assert.Equal(0, Invocation.Run(["train", data, "--no-samples", .. options, _folder.At("without")]).Code);
        Assert.Equal(0, Invocation.Run(["train", data, .. options, _folder.At("with")]).Code);
        Assert.Equal(Weights("without"), Weights("with"));
        Assert.DoesNotContain(_folder.Files("without"), static file => file.StartsWith("samples", StringComparison.Ordinal));
        Assert.Contains("\"without\" holds no recorded samples: begin a run that records them", Inspect("without").Replace(_folder.Path + "/", "", StringComparison.Ordinal), StringComparison.Ordinal);

        Assert.Equal(0, Invocation.Run(["compare", data, "--seeds", "1", .. options, _folder.At("plain")]).Code);
        Assert.DoesNotContain(_folder.Files("plain"), static file => file.StartsWith("samples", StringComparison.Ordinal));
        Assert.Equal(0, Invocation.Run(["compare", data, "--seeds", "1", "--samples", .. options, _folder.At("compared")]).Code);
        Assert.Contains("holds 3 recorded runs; say which: full-seed1, full@infobatch-seed1, infobatch-seed1.", Inspect("compared"), StringComparison.Ordinal);
        Assert.Contains("holds no recorded run infobatch; there are full-seed1", Inspect("compared", "--of", "infobatch"), StringComparison.Ordinal);
        var one = Invocation.Run("inspect", _folder.At("compared"), "--of", "infobatch-seed1");
        Assert.Equal(0, one.Code);
        Assert.StartsWith("table, mlp, infobatch-seed1: 501 samples, 2 of 2 epochs recorded\n", one.Out, StringComparison.Ordinal);
        Assert.Contains("holds one run, which has no name of its own", Inspect("with", "--of", "infobatch-seed1"), StringComparison.Ordinal);

        byte[] Weights(string run) => File.ReadAllBytes(_folder.At(run + "/weights/weights.npz"));
    }

    // A user looks for the rows in his own file: hold-out, limit and long tail must not change what they are called.
    [TorchFact]
    public void Samples_are_called_by_their_rows_in_the_users_file()
    {
        int[] wrong = [40, 150, 290];
        var data = _folder.Table(count: 300, change: (_, labels) => Array.ForEach(wrong, row => labels[row] = (labels[row] + 1) % 3));
        var labels = Npy.Read(Path.Combine(data, "y.npy")).AsSpan<int>().ToArray();
        Assert.Equal(0, Invocation.Run("train", data, "--method", "full", "--epochs", "12", "--batch-size", "32", "--threads", "1", "--quiet", "--run", _folder.At("run")).Code);
        var shown = Invocation.Run("inspect", _folder.At("run"), "--top", "3", "--out", _folder.At("a.csv"), "--html", _folder.At("a.html"));
        Assert.Equal((0, ""), (shown.Code, shown.Error));
        var hardest = shown.Out[shown.Out.IndexOf("Hardest", StringComparison.Ordinal)..shown.Out.IndexOf("Most often dropped", StringComparison.Ordinal)];
        Assert.Equal(wrong, Ids().Matches(hardest).Select(static id => int.Parse(id.Groups[1].Value, CultureInfo.InvariantCulture)).Order());
        var page = File.ReadAllText(_folder.At("a.html"));
        Assert.All(wrong, row => Assert.Contains($"no. {row}<", page, StringComparison.Ordinal));
        Assert.All(wrong, row => Assert.Contains($"no. {row}<", File.ReadAllText(_folder.At("run/report.html")), StringComparison.Ordinal));

        // Every sixth sample of a class was held out, and is in no export.
        var rows = Exported("a.csv");
        Assert.Equal(300 - labels.CountBy(static label => label).Sum(static count => count.Value / 6), rows.Length);
        Assert.All(rows, sample => Assert.Equal(labels[sample.Id], sample.Label));
        Assert.DoesNotContain(rows, sample => labels.Take(sample.Id + 1).Count(label => label == sample.Label) % 6 == 0);

        Assert.Equal(0, Invocation.Run("train", data, "--limit", "200", "--imbalance", "4", "--epochs", "1", "--threads", "1", "--quiet", "--run", _folder.At("few")).Code);
        Assert.Equal(0, Invocation.Run("inspect", _folder.At("few"), "--out", _folder.At("b.csv")).Code);
        var few = Exported("b.csv");
        Assert.InRange(few.Length, 80, 150);
        Assert.All(few, sample => Assert.Equal(labels[sample.Id], sample.Label));
        Assert.Equal(few.Select(static sample => sample.Id).Distinct().Order(), few.Select(static sample => sample.Id));
        Assert.Equal(Npy.Read(_folder.At("few/samples/ids.npy")).AsSpan<long>().ToArray(), few.Select(static sample => (long)sample.Id));

        // A folder of an earlier version has no rows, and can be read.
        File.Delete(_folder.At("run/samples/ids.npy"));
        var older = Invocation.Run("inspect", _folder.At("run"), "--top", "3");
        Assert.Equal(0, older.Code);
        Assert.Contains("\nIds are places among the samples trained on, not rows of the data's files", older.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("Ids are places", shown.Out, StringComparison.Ordinal);

        (int Id, int Label)[] Exported(string file) => [.. File.ReadAllLines(_folder.At(file)).Skip(1).Select(static line => line.Split(',')).Select(static cells => (int.Parse(cells[0], CultureInfo.InvariantCulture), int.Parse(cells[1], CultureInfo.InvariantCulture)))];
    }

    [TorchFact]
    public void The_samples_of_a_run_on_a_subset_are_those_that_its_file_keeps()
    {
        var data = _folder.Table(count: 300);
        var file = _folder.At("subset.npz");
        string[] made = ["--limit", "200", "--label-noise", "0.1"];
        Select("40");
        Assert.Equal(0, Invocation.Run(["train", data, "--subset", file, .. made, "--epochs", "2", "--threads", "1", "--quiet", "--run", _folder.At("run")]).Code);
        var shown = Invocation.Run("inspect", _folder.At("run"), "--html", _folder.At("a.html"), "--out", _folder.At("a.csv"));
        Assert.Equal((0, ""), (shown.Code, shown.Error));
        var (set, kept) = (DataSources.Open(data).Train.Take(200).WithLabelNoise(0.1), SubsetFile.Read(file).Ids());
        Assert.Equal(kept.Select(set.Row), File.ReadAllLines(_folder.At("a.csv")).Skip(1).Select(static line => int.Parse(line.Split(',')[0], CultureInfo.InvariantCulture)));
        var opened = InspectedRun.Open(_folder.At("run")).OpenSamples();
        Assert.Equal(kept.Select(id => (set.Row(id), set.Labels[id])), Enumerable.Range(0, opened.Count).Select(place => (opened.Row(place), opened.Labels[place])));
        Assert.DoesNotContain("There are no pictures", Report(), StringComparison.Ordinal);

        // What was chosen meanwhile are other samples.
        Select("30");
        Assert.Contains($"{file} isn't the subset file that the run was trained on", Inspect("run", "--html", _folder.At("b.html")), StringComparison.Ordinal);
        File.Delete(file);
        Assert.Contains($"what the subset file {file} keeps, which can't be read", Inspect("run", "--html", _folder.At("b.html")), StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.At("b.html")));
        Assert.Contains("There are no pictures", Report(), StringComparison.Ordinal);
        Assert.Equal(0, Invocation.Run("inspect", _folder.At("run")).Code);

        void Select(string keep) => Assert.Equal(0, Invocation.Run(["select", data, .. made, "-m", "random", "-k", keep, "-o", file, "--force"]).Code);

        string Report()
        {
            Assert.Equal(0, Invocation.Run("report", _folder.At("run"), "--out", _folder.At("report.html")).Code);
            return File.ReadAllText(_folder.At("report.html"));
        }
    }

    [GeneratedRegex("^│ +([0-9]+) │", RegexOptions.Multiline)]
    private static partial Regex Ids();

    [TorchFact]
    public void What_cannot_be_shown_is_refused_and_nothing_is_written()
    {
        Assert.Equal(0, Invocation.Run("train", _folder.Table(), "--epochs", "1", "--threads", "1", "--quiet", "--run", _folder.At("run")).Code);
        File.WriteAllText(_folder.At("mine.csv"), "mine");
        foreach (var (args, problem) in new[]
        {
            (new[] { "--top", "0" }, "--top 0 is not in [1, 1000]"),
            (["--class", "3"], "--class 3 is no class of table; give a number in [0, 3)."),
            (["--class", "Shirt"], "--class Shirt is no class of table"),
            (["--out", _folder.At("samples.txt")], "ends neither in .csv nor in .jsonl"),
            (["--out", _folder.At("no/samples.csv")], "lies in a folder that doesn't exist"),
            (["--out", _folder.At("mine.csv")], "is there already and is no export of Winnow"),
        })
        {
            Assert.Contains(problem, Inspect("run", args), StringComparison.Ordinal);
        }

        Assert.Contains("there is no folder", Inspect("missing"), StringComparison.Ordinal);
        Assert.Contains("is no folder of a run", Inspect("table"), StringComparison.Ordinal);
        Assert.Contains("exclude each other", Invocation.Fail(2, "train", _folder.At("table"), "--samples", "--no-samples"), StringComparison.Ordinal);
        Assert.Contains("--samples would record 1000000 epochs of 585 samples", Invocation.Fail(2, "train", _folder.Table("larger", count: 700), "--samples", "--epochs", "1000000", "--run", _folder.At("long")), StringComparison.Ordinal);
        Assert.Contains("--no-samples can't be given with --resume", Invocation.Fail(2, "train", "--resume", _folder.At("run"), "--no-samples"), StringComparison.Ordinal);
        Assert.Equal(0, Invocation.Run("inspect", _folder.At("run"), "--out", _folder.At("again.csv")).Code);
        Assert.Equal(0, Invocation.Run("inspect", _folder.At("run"), "--out", _folder.At("again.csv")).Code);
        using (var damaged = File.OpenWrite(_folder.At("run/samples/losses.npy")))
        {
            damaged.SetLength(200);
        }

        Assert.Matches("losses.npy.* at byte ", Inspect("run"));
        Assert.Equal("mine", File.ReadAllText(_folder.At("mine.csv")));
        Assert.Equal(["again.csv", "mine.csv"], _folder.Files().Where(static file => file.EndsWith(".csv", StringComparison.Ordinal)));
    }

    [TorchFact]
    public void Names_that_are_meant_for_the_terminal_are_shown_as_text()
    {
        Assert.Equal(0, Invocation.Run("train", _folder.Table(), "--epochs", "1", "--threads", "1", "--quiet", "--run", _folder.At("run")).Code);
        var plan = JsonNode.Parse(File.ReadAllText(_folder.At("run/run.json")))!;
        plan["dataset"]!["class_names"] = new JsonArray("[red]x[/]", "a\u001b[2Jb", "the longest name of all");
        File.WriteAllText(_folder.At("run/run.json"), plan.ToJsonString(JsonSerializerOptions.Default));
        var result = Invocation.Run("inspect", _folder.At("run"), "--top", "400");
        Assert.Equal(0, result.Code);
        Assert.DoesNotContain('\u001b', result.Out);
        Assert.All(["[red]x[/]", "a\uFFFD[2Jb", "the longest nam…"], name => Assert.Contains(name, result.Out, StringComparison.Ordinal));
    }

    [TorchFact(mount: true)]
    public void Where_there_is_no_room_the_run_goes_on_without_a_record_and_says_so()
    {
        var data = _folder.Table(count: 6000);
        Directory.CreateDirectory(_folder.At("disk"));
        using var disk = new TinyDisk(_folder.At("disk"), 256);
        string[] options = ["--epochs", "10", "--batch-size", "500", "--width", "1", "--threads", "1", "--quiet", "--run"];
        var result = Invocation.Run(["train", data, .. options, _folder.At("disk/run")]);
        Assert.Equal(0, result.Code);
        Assert.Matches("the samples can't be recorded in .*/disk/run/samples: No space left on device .*; the run goes on without", result.Error);
        Assert.DoesNotContain(_folder.Files("disk/run"), static file => file.StartsWith("samples", StringComparison.Ordinal));
        Assert.Equal(0, Invocation.Run(["train", data, .. options, _folder.At("roomy")]).Code);
        Assert.Equal(File.ReadAllBytes(_folder.At("roomy/weights/weights.npz")), File.ReadAllBytes(_folder.At("disk/run/weights/weights.npz")));
    }

    private static bool Near((double, double, double) one, (double, double, double) other) =>
        Math.Abs(one.Item1 - other.Item1) < 1e-6 && Math.Abs(one.Item2 - other.Item2) < 1e-6 && Math.Abs(one.Item3 - other.Item3) < 1e-6;

    private string Inspect(string run, params string[] more) => Invocation.Fail(2, ["inspect", _folder.At(run), .. more]);
}
