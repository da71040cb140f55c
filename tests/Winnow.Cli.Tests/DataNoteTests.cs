using System.Text.Json;
using Winnow.Cli.Tests.Support;
using Winnow.Data.Formats;

namespace Winnow.Cli.Tests;

/// <summary>What data do to a run without being wrong is told, in the terminal and in run.json, and costs no accuracy where it needn't.</summary>
[Collection(TrainingCollection.Name)]
public sealed class DataNoteTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Times in seconds, identifiers and prices far from zero: cut to float32 first, all samples would be the same.
    [TorchFact]
    public void Features_far_from_zero_train_as_those_near_it()
    {
        var near = Train(_folder.Table("near"));
        var far = Train(Wide(_folder.Table("far"), 1.7e9));
        Assert.InRange(near.Accuracy, 0.9, 1);
        Assert.Equal(near.Accuracy, far.Accuracy, 2);
        Assert.Contains("All 4 columns of x.npy lie so far from zero for their spread that float32 can't hold them: standardised in float64 first.", far.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("standardised", near.Error, StringComparison.Ordinal);
    }

    [TorchTheory]
    [InlineData("train")]
    [InlineData("compare")]
    public void Labels_that_begin_at_one_are_told_and_kept(string command)
    {
        var data = _folder.Table(change: static (_, labels) =>
        {
            foreach (ref var label in labels.AsSpan())
            {
                label++;
            }
        });
        const string Note = "Labels run from 1 to 3: class 0 has no sample and gets an output of the network all the same; begin at 0 (y - 1).";
        string[] arguments = command == "train" ? [] : ["--seeds", "1", "--controls", "none"];
        var result = Invocation.Run([command, data, "--epochs", "1", "--run", _folder.At("run"), .. arguments]);
        Assert.Equal(0, result.Code);
        Assert.Single(result.ErrorLines, static line => line.Contains(Note, StringComparison.Ordinal));
        using var plan = JsonDocument.Parse(File.ReadAllText(_folder.At("run/run.json")));
        Assert.Contains(Note, plan.RootElement.GetProperty("notes").EnumerateArray().Select(static note => note.GetString()));
    }

    [TorchFact]
    public void A_limit_on_sorted_labels_is_told()
    {
        var data = _folder.Table();
        var (x, y) = (Npy.Read(Path.Combine(data, "x.npy")), Npy.Read(Path.Combine(data, "y.npy")));
        Npy.Write(Path.Combine(data, "y.npy"), NpyArray.Create<int>([.. y.AsSpan<int>().ToArray().Order()]));
        Npy.Write(Path.Combine(data, "x_test.npy"), x);
        Npy.Write(Path.Combine(data, "y_test.npy"), y);
        var result = Invocation.Run("train", data, "--epochs", "1", "--limit", "300", "--run", _folder.At("run"));
        Assert.Equal(0, result.Code);
        Assert.Contains("The first 300 of 600 training samples have none of class 2: where a file is sorted by label, shuffle its rows before taking the first ones.", result.Error, StringComparison.Ordinal);
        Assert.Contains("Class 2 of 3 occurs only in the test part: never trained on, all of its 200 test samples count as wrong.", result.Error, StringComparison.Ordinal);
    }

    private (double Accuracy, string Error) Train(string data)
    {
        var result = Invocation.Run("train", data, "--epochs", "8", "--json");
        Assert.Equal(0, result.Code);
        return (result.Json.GetProperty("accuracy").GetDouble(), result.Error);
    }

    private static string Wide(string data, double shift)
    {
        var path = Path.Combine(data, "x.npy");
        var x = Npy.Read(path);
        Npy.Write(path, NpyArray.Create<double>(Array.ConvertAll(x.AsSpan<float>().ToArray(), value => value + shift), x.Shape.ToArray()));
        return data;
    }
}
