using System.Diagnostics;
using Xunit.Abstractions;

namespace Winnow.Data.Tests;

public class FashionMnistTests(ITestOutputHelper output)
{
    [FashionMnistFact]
    public void The_real_set_is_as_its_authors_describe_it()
    {
        var start = Stopwatch.GetTimestamp();
        var data = DataSources.Open("fashion-mnist", new DataOptions { Folder = null });
        var loaded = Stopwatch.GetElapsedTime(start);
        _ = data.Train.Mean;
        var described = Stopwatch.GetElapsedTime(start);
        _ = data.Train.Fingerprint;
        output.WriteLine($"load {loaded.TotalMilliseconds:F0} ms, statistics {(described - loaded).TotalMilliseconds:F0} ms, "
            + $"fingerprint {(Stopwatch.GetElapsedTime(start) - described).TotalMilliseconds:F0} ms");
        Assert.Equal("fashion-mnist: 60000 training and 10000 test images of 1 x 28 x 28 (bytes), 10 classes", data.Description);
        Assert.Equal([9, 0, 0, 3, 0], data.Train.Labels[..5].ToArray());
        Assert.Equal([9, 2, 1, 1, 6], data.Test.Labels[..5].ToArray());
        Assert.All(data.Train.Labels.ToArray().CountBy(l => l), c => Assert.Equal(6000, c.Value));
        Assert.All(data.Test.Labels.ToArray().CountBy(l => l), c => Assert.Equal(1000, c.Value));
        Assert.Equal("Ankle boot", data.Train.ClassNames![9]);
        Assert.Equal(0.2860, data.Train.Mean[0], 1e-4);
        Assert.Equal(0.3530, data.Train.Std[0], 1e-4);
        Assert.True(loaded < TimeSpan.FromSeconds(5), $"{loaded}");
    }
}
