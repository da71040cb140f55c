using Winnow.Data;
using Winnow.Embedding.Tests.Support;
using Winnow.Numerics;

namespace Winnow.Embedding.Tests;

public sealed class ImageEmbedderTests(Networks networks) : IClassFixture<Networks>
{
    [Fact]
    public void A_batch_gives_what_each_picture_gives_by_itself_and_any_number_of_threads_the_same_bits()
    {
        var set = Noise(11, 3, 40);
        using var embedder = networks.ResNet18();
        Assert.Equal((512, 224, true), (embedder.Dimensions, embedder.Size, embedder.TakesBatches));
        var alone = Embed(embedder, set, 1);
        var batched = Embed(embedder, set, 4);
        Assert.All(alone.Zip(batched), static pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.True(alone.Max() > 1);
        foreach (var threads in new[] { 2, 3 })
        {
            using var several = networks.ResNet18(threads);
            Assert.Equal(batched, Embed(several, set, 4));
        }
    }

    // The network is the package's, run as it stands, on pictures that need no scaling.
    [Fact]
    public void Making_room_for_batches_changes_no_number()
    {
        var set = Noise(3, 3, 224);
        using var embedder = networks.ResNet18();
        var rows = Embed(embedder, set, 3);
        var named = EmbedderCatalog.Find("resnet18")!;
        using var session = new Microsoft.ML.OnnxRuntime.InferenceSession(ModelStore.Get(named, networks.Options())[named.Model.Name]);
        double[] means = [103.06262, 115.902885, 123.151634];
        for (var row = 0; row < 3; row++)
        {
            var sample = set.Bytes.Slice(row * set.SampleBytes, set.SampleBytes);
            var input = new float[sample.Length];
            for (var k = 0; k < input.Length; k++)
            {
                var channel = k / (224 * 224);
                input[k] = sample[((2 - channel) * 224 * 224) + (k % (224 * 224))] - (float)means[channel];
            }

            using var value = Microsoft.ML.OnnxRuntime.OrtValue.CreateTensorValueFromMemory(input, [1, 3, 224, 224]);
            using var options = new Microsoft.ML.OnnxRuntime.RunOptions();
            using var output = session.Run(options, ["Input247"], [value], ["Pooling395_Output_0"]);
            var expected = output[0].GetTensorDataAsSpan<float>().ToArray();
            Assert.All(expected.Zip(rows[(row * 512)..]), static pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        }
    }

    [Fact]
    public void A_grey_picture_is_embedded_as_the_same_in_three_channels()
    {
        var grey = Noise(4, 1, 28);
        var colour = SampleSet.FromBytes("colour", [3, 28, 28], Enumerable.Range(0, 4).SelectMany(row => Enumerable.Repeat(grey.Bytes.Slice(row * 784, 784).ToArray(), 3)).SelectMany(static plane => plane).ToArray(), new int[4]);
        using var embedder = networks.ResNet18();
        Assert.Equal(Embed(embedder, grey, 4), Embed(embedder, colour, 4));
    }

    // Real pictures: 640 of Wesnoth's terrain in the 16 largest classes. Measured before: 71 % against 51 % on all of them.
    [WesnothFact]
    public void Nearest_neighbours_of_terrain_are_more_often_of_its_class_than_by_pixels()
    {
        var all = DataSources.Open(WesnothFactAttribute.Terrain, new DataOptions { ImageSize = 72, CacheFolder = null, Holdout = 0.1, Threads = 1 }).Train;
        var largest = all.Labels.ToArray().CountBy(static label => label).OrderByDescending(static count => count.Value).Take(16).Select(static count => count.Key).ToHashSet();
        int[] ids = [.. Enumerable.Range(0, all.Count).GroupBy(id => all.Labels[id]).Where(group => largest.Contains(group.Key)).SelectMany(static group => Spread([.. group], 40))];
        var set = all.Select(ids);
        using var embedder = networks.ResNet18();
        var (byNetwork, byPixels) = (Right(Embed(embedder, set, 32), set), Right(Array.ConvertAll(set.Bytes.ToArray(), static value => (float)value), set));
        Assert.True(byNetwork > byPixels + 0.1, $"{byNetwork:P1} by the network, {byPixels:P1} by pixels");
        Assert.True(byNetwork > 0.5, $"{byNetwork:P1} by the network");
    }

    private static IEnumerable<int> Spread(int[] ids, int count) => Enumerable.Range(0, Math.Min(count, ids.Length)).Select(k => ids[(int)((long)k * ids.Length / Math.Min(count, ids.Length))]);

    // The share of samples whose class most of their five nearest have.
    private static double Right(float[] rows, SampleSet set)
    {
        var length = rows.Length / set.Count;
        var right = 0;
        Parallel.For(0, set.Count, new ParallelOptions { MaxDegreeOfParallelism = 2 }, one =>
        {
            var near = Enumerable.Range(0, set.Count).Where(other => other != one)
                .OrderBy(other => System.Numerics.Tensors.TensorPrimitives.Distance(rows.AsSpan(one * length, length), rows.AsSpan(other * length, length))).Take(5);
            if (near.GroupBy(id => set.Labels[id]).MaxBy(static group => group.Count())!.Key == set.Labels[one])
            {
                Interlocked.Increment(ref right);
            }
        });
        return (double)right / set.Count;
    }

    private static SampleSet Noise(int count, int channels, int side)
    {
        var random = Rng.Derive(7, 0, "noise").Sequence();
        var pixels = new byte[count * channels * side * side];
        for (var k = 0; k < pixels.Length; k++)
        {
            pixels[k] = (byte)random.Next(256);
        }

        return SampleSet.FromBytes("noise", [channels, side, side], pixels, new int[count]);
    }

    internal static float[] Embed(ImageEmbedder embedder, SampleSet set, int batch)
    {
        using var rows = EmbeddingRows.Of(embedder, set, batch);
        return rows.All();
    }
}
