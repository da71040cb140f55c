using System.Text;
using System.Text.Json;
using Winnow.Data.Formats;
using Winnow.Records.Inspection;

namespace Winnow.Records.Tests.Inspection;

public sealed class SampleNumbersTests : IDisposable
{
    private const float No = float.NaN, Inf = float.PositiveInfinity;

    private readonly string _folder = Directory.CreateTempSubdirectory("winnow-numbers-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Worked out by hand: four samples over five epochs, of which the fourth was never recorded.
    [Fact]
    public void Numbers_are_those_worked_out_by_hand()
    {
        var numbers = SampleNumbers.Of(History());
        Assert.Equal(
            [
                // Right, wrong (forgotten), right, wrong (forgotten).
                new() { Id = 0, Place = 0, Label = 1, Prediction = 0, Visits = 4, Dropped = 0, LastLoss = 1.5f, MeanLoss = 1, LateLoss = 1.25, MaxLoss = 2, Forgotten = 2, FirstLearned = 0 },
                // Visited twice and never right: no forgetting, since nothing was learned.
                new() { Id = 1, Place = 1, Label = 0, Prediction = 2, Visits = 2, Dropped = 2, LastLoss = 3, MeanLoss = 3.5, LateLoss = 3.5, MaxLoss = 4 },
                // Learned in the second epoch that visited it; what lies between doesn't matter.
                new() { Id = 2, Place = 2, Label = 2, Prediction = 2, Visits = 2, Dropped = 2, LastLoss = 0.5f, MeanLoss = double.PositiveInfinity, LateLoss = double.PositiveInfinity, MaxLoss = Inf, FirstLearned = 4 },
                new() { Id = 3, Place = 3, Label = 1, Dropped = 4 },
            ],
            numbers);
        Assert.Equal([false, true, false, false], numbers.Select(static sample => sample.NeverLearned));
    }

    [Fact]
    public void Lists_hold_what_they_say_in_the_order_they_say()
    {
        var lists = SampleList.Of(SampleNumbers.Of(History()), 2).ToDictionary(static list => list.Id);
        Assert.Equal([1], lists["never-learned"].Samples.Select(static sample => sample.Id));
        Assert.Equal([0], lists["forgotten"].Samples.Select(static sample => sample.Id));
        Assert.Equal((3, "2 1"), (lists["hardest"].Total, string.Join(' ', lists["hardest"].Samples.Select(static sample => sample.Id))));

        // Never visited first; of two that were left out as often, the one of lower loss.
        Assert.Equal((3, "3 2"), (lists["dropped"].Total, string.Join(' ', lists["dropped"].Samples.Select(static sample => sample.Id))));
    }

    [Fact]
    public void Exports_say_the_same_in_both_forms_and_names_stay_within_their_fields()
    {
        string[] names = ["a,b", "say \"hi\"\nthere", "ü\u0001"];
        using var csv = new MemoryStream();
        SampleExport.WriteCsv(csv, SampleNumbers.Of(History()), names);
        var text = Encoding.UTF8.GetString(csv.ToArray());
        Assert.StartsWith("id,label,label_name,clean_label,prediction,prediction_name,visits,dropped,last_loss,mean_loss,late_loss,max_loss,forgotten,first_learned\r\n", text, StringComparison.Ordinal);
        Assert.Contains("\r\n1,0,\"a,b\",,2,ü\u0001,2,2,3,3.5,3.5,4,0,\r\n", text, StringComparison.Ordinal);
        Assert.Contains("\r\n2,2,ü\u0001,,2,ü\u0001,2,2,0.5,inf,inf,inf,0,5\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\r\n3,1,\"say \"\"hi\"\"\nthere\",,,,0,4,,,,,0,\r\n", text, StringComparison.Ordinal);

        using var lines = new MemoryStream();
        SampleExport.WriteJsonLines(lines, SampleNumbers.Of(History()), names);
        var samples = Encoding.UTF8.GetString(lines.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(4, samples.Length);
        Assert.Equal(names[1], samples[0].GetProperty("label_name").GetString());
        Assert.Equal(JsonValueKind.Null, samples[2].GetProperty("mean_loss").ValueKind);
        Assert.Equal(1.5, samples[0].GetProperty("last_loss").GetDouble());
        Assert.Equal(JsonValueKind.Null, samples[3].GetProperty("prediction").ValueKind);
        Assert.Equal(text.Split("\r\n")[0].Split(','), samples[0].EnumerateObject().Select(static field => field.Name));
    }

    // Against an obvious program that takes one sample after the other.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Numbers_are_those_of_an_obvious_program(int seed)
    {
        var random = new Random(seed);
        const int Epochs = 9, Count = 200;
        var (losses, predictions, labels) = (new float[Epochs * Count], new int[Epochs * Count], new int[Count]);
        for (var i = 0; i < losses.Length; i++)
        {
            (losses[i], predictions[i]) = random.Next(3) == 0 ? (No, -1) : (random.NextSingle(), random.Next(3));
        }

        Write(losses, predictions, labels, Epochs);
        foreach (var sample in SampleNumbers.Of(SampleHistory.Read(_folder)))
        {
            int[] visited = [.. Enumerable.Range(0, Epochs).Where(epoch => !float.IsNaN(losses[(epoch * Count) + sample.Id]))];
            double[] own = [.. visited.Select(epoch => (double)losses[(epoch * Count) + sample.Id])];
            bool[] right = [.. visited.Select(epoch => predictions[(epoch * Count) + sample.Id] == 0)];
            Assert.Equal((visited.Length, Epochs - visited.Length), (sample.Visits, sample.Dropped));
            Assert.Equal(own.Average(), sample.MeanLoss!.Value, 1e-12);
            Assert.Equal(own.TakeLast(3).Average(), sample.LateLoss!.Value, 1e-12);
            Assert.Equal((own.Max(), own[^1]), ((double)sample.MaxLoss!.Value, (double)sample.LastLoss!.Value));
            Assert.Equal(right.Zip(right.Skip(1)).Count(static pair => pair is (true, false)), sample.Forgotten);
            Assert.Equal(Array.IndexOf(right, true) is >= 0 and var first ? visited[first] : (int?)null, sample.FirstLearned);
        }
    }

    private SampleHistory History()
    {
        Write(
            [
                0.25f, 4, No, No,
                0.25f, No, Inf, No,
                2, 3, No, No,
                No, No, No, No,
                1.5f, No, 0.5f, No,
            ],
            [
                1, 1, -1, -1,
                0, -1, 1, -1,
                1, 2, -1, -1,
                -1, -1, -1, -1,
                0, -1, 2, -1,
            ],
            [1, 0, 2, 1],
            epochs: 5);
        return SampleHistory.Read(_folder);
    }

    private void Write(float[] losses, int[] predictions, int[] labels, int epochs)
    {
        Npy.Write(At("losses.npy"), NpyArray.Create<float>(losses, epochs, labels.Length));
        Npy.Write(At("predictions.npy"), NpyArray.Create<int>(predictions, epochs, labels.Length));
        Npy.Write(At("labels.npy"), NpyArray.Create<int>(labels));
    }

    private string At(string name) => Path.Combine(_folder, name);
}
