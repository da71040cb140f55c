using Winnow.Data;
using Winnow.Numerics;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Segmentation;
using static TorchSharp.torch;

namespace Winnow.Training.Tests.Tasks;

[Collection(TrainingCollection.Name)]
public sealed class SegmentationTests
{
    private const int Side = 8, Plane = Side * Side;

    private static readonly SegmentationRecipe s_recipe = new() { Epochs = 3, BatchSize = 16, Width = 4, Depth = 2, Augmentation = Augmentation.Parse("flip,crop=2") };

    private static readonly SampleRequest s_all = new(true, new HashSet<string> { SignalNames.Confidence, SegmentationTask.PixelAccuracySignal });

    [Fact]
    public void A_loss_is_the_mean_over_the_pixels_that_have_a_class()
    {
        using var scope = NewDisposeScope();
        var task = new SegmentationTask(Squares(32, 16), s_recipe);

        // Two samples of 1 x 2 pixels: all of the first have a class, one of the second; a third has none.
        var logits = tensor(new[] { 1f, 2f, 0f, 0f, -1f, 3f, 5f, 5f, 0f, 1f, 0f, 2f, 9f, 9f, 0f, 0f, 0f, 0f }, [3, 3, 1, 2]);
        var masks = tensor(new long[] { 0, 2, 2, 255, 255, 255 }, [3, 1, 2]);
        var output = task.Measure(logits, new Batch(zeros(3, 3, 1, 2), masks), s_all);

        // Of pixel p of a sample the logits are those at p, 2 + p and 4 + p.
        double[] first = [Loss([1, 0, -1], 0), Loss([2, 0, 3], 2)];
        Assert.Equal(first.Average(), output.Losses[0].item<float>(), 1e-5);
        Assert.Equal(Loss([5, 0, 0], 2), output.Losses[1].item<float>(), 1e-5);
        Assert.Equal(0, output.Losses[2].item<float>());
        Assert.Equal([1f, 0f, 0f], output.Signals[SegmentationTask.PixelAccuracySignal].data<float>().ToArray());
        double[] sure = [Math.Exp(-Loss([1, 0, -1], 0)), Math.Exp(-Loss([2, 0, 3], 2))];
        Assert.Equal(sure.Average(), output.Signals[SignalNames.Confidence][0].item<float>(), 1e-5);

        static double Loss(double[] logits, int label) => Math.Log(logits.Sum(Math.Exp)) - logits[label];
    }

    [Fact]
    public void Overlap_is_what_an_obvious_program_counts()
    {
        using var scope = NewDisposeScope();
        const int Samples = 50, Classes = 5;
        var random = new Random(3);
        long[] found = [.. Enumerable.Range(0, Samples * 12).Select(_ => (long)random.Next(Classes))];

        // The last class is found and never there; one pixel in ten has none.
        long[] masks = [.. Enumerable.Range(0, Samples * 12).Select(p => random.Next(10) == 0 ? 255 : random.Next(3) == 0 ? random.Next(Classes - 1) : Math.Min(found[p], Classes - 2))];
        var target = tensor(masks, [Samples, 3, 4]);
        var rows = Overlap.Of(tensor(found, [Samples, 3, 4]), target, target.ne(255), Classes);
        Assert.Equal([Samples, 3 * Classes], rows.shape);
        var overlap = new Overlap(rows.data<float>().ToArray(), Classes);
        var pairs = found.Zip(masks).Where(static pair => pair.Second != 255).ToArray();
        double[] expected = [.. Enumerable.Range(0, Classes - 1).Select(k => pairs.Count(pair => pair.First == k && pair.Second == k) / (double)pairs.Count(pair => pair.First == k || pair.Second == k))];
        Assert.Equal(expected, overlap.ByClass.Take(Classes - 1));
        Assert.Equal(double.NaN, overlap.ByClass[^1]);
        Assert.Equal(expected.Average(), overlap.Mean, 12);
        Assert.Equal(expected.Min(), overlap.Worst);
        Assert.Equal(pairs.Count(static pair => pair.First == pair.Second) / (double)pairs.Length, overlap.PixelAccuracy);
    }

    [Theory]
    [InlineData(MemoryLayout.Contiguous)]
    [InlineData(MemoryLayout.ChannelsLast)]
    public void A_mask_moves_with_its_image_and_what_comes_in_from_outside_has_no_class(MemoryLayout layout)
    {
        using var scope = NewDisposeScope();

        // Image and mask say the same: the colours of a pixel are its class times ten.
        var data = Alike(40);
        using var reader = new SegmentationTask(data, s_recipe with { Augmentation = Augmentation.Parse("flip,crop=3,cutout=2") }).OpenTrain(CPU, layout);
        using var pass = reader.Read(Enumerable.Range(0, 40).ToArray(), new SampleDraws(5, 1));
        var (moved, cut, outside) = (0, 0, 0);
        for (var start = 0; start < 40; start += 10)
        {
            var batch = pass.Take(start, 10);
            Assert.Equal([10, 3, Side, Side], batch[Batch.Input].shape);
            Assert.Equal([10, Side, Side], batch[Batch.Target].shape);
            Assert.Equal(layout == MemoryLayout.ChannelsLast, ChannelsLast.IsChannelsLast(batch[Batch.Input]));
            float[] colours = [.. batch[Batch.Input].select(1, 1).contiguous().data<float>()];
            long[] classes = [.. batch[Batch.Target].data<long>()];
            for (var p = 0; p < classes.Length; p++)
            {
                var colour = (colours[p] * data.Train.Std[1] * 255) + (data.Train.Mean[1] * 255);
                if (classes[p] == LoadedData.IgnoredPixel)
                {
                    outside++;
                    Assert.True(colours[p] == 0 || Math.Abs(colour) < 1e-3);
                    continue;
                }

                cut += colours[p] == 0 ? 1 : 0;
                Assert.True(colours[p] == 0 || Math.Abs(colour - (10 * classes[p])) < 1e-2, $"{colour} and {classes[p]}");
                moved += classes[p] != data.Train.Bytes[((((start + (p / Plane)) * 4) + 3) * Plane) + (p % Plane)] ? 1 : 0;
            }
        }

        Assert.InRange(outside, 100, 2000);
        Assert.InRange(cut, 50, 160);
        Assert.InRange(moved, 400, 2500);
    }

    [Fact]
    public void A_mask_is_mirrored_exactly()
    {
        using var scope = NewDisposeScope();
        var data = Alike(30);
        var task = new SegmentationTask(data, s_recipe with { Augmentation = Augmentation.Parse("flip") });
        using var plain = task.OpenTrain(CPU, MemoryLayout.Contiguous).Read(Enumerable.Range(0, 30).ToArray(), draws: null);
        using var varied = task.OpenTrain(CPU, MemoryLayout.Contiguous).Read(Enumerable.Range(0, 30).ToArray(), new SampleDraws(1, 0));
        var (before, after) = (plain.Take(0, 30), varied.Take(0, 30));
        var mirrored = 0;
        for (var id = 0; id < 30; id++)
        {
            var flips = !before[Batch.Target][id].Equals(after[Batch.Target][id]);
            mirrored += flips ? 1 : 0;
            Assert.True((flips ? before[Batch.Target][id].flip(1) : before[Batch.Target][id]).Equals(after[Batch.Target][id]));
            Assert.True((flips ? before[Batch.Input][id].flip(2) : before[Batch.Input][id]).Equals(after[Batch.Input][id]));
        }

        Assert.InRange(mirrored, 6, 24);
    }

    [Fact]
    public void The_network_gives_numbers_for_each_pixel_at_every_depth()
    {
        using var scope = NewDisposeScope();
        for (var depth = 1; depth <= 3; depth++)
        {
            using var model = new SegmentationTask(Squares(32, 16), s_recipe with { Depth = depth }).CreateModel(CPU);
            Assert.Equal([5, 3, Side, Side], ((nn.Module<Tensor, Tensor>)model).call(randn(5, 3, Side, Side)).shape);
        }

        // Paper, figure 1, with a quarter of its widths: 64 at full size, doubled four times. All convolutions without bias, each with two numbers a channel for its normalisation.
        using var large = new SegmentationTask(Squares(32, 16, side: 16), s_recipe with { Width = 16, Depth = 4 }).CreateModel(CPU);
        long parameters = 0;
        for (var (level, inputs) = (0, 3); level <= 4; level++)
        {
            var width = 16 << level;
            parameters += Pair(inputs, width) + (level < 4 ? Pair(3 * width, width) : 0);
            inputs = width;
        }

        Assert.Equal(parameters + (16 * 3) + 3, large.parameters().Sum(static parameter => parameter.numel()));

        static long Pair(long inputs, long outputs) => (9 * inputs * outputs) + (9 * outputs * outputs) + (4 * outputs);
    }

    [Fact]
    public void It_learns_and_is_judged_by_miou()
    {
        var outcome = Run(s_recipe with { Epochs = 10, Augmentation = Augmentation.None, LearningRate = 1e-2 });
        Assert.Equal("miou", outcome.Metrics.Deciding!.Value.Key);
        Assert.InRange(outcome.Metrics.Value("miou")!.Value, 0.85, 1);
        Assert.InRange(outcome.Metrics.Value("pixel_accuracy")!.Value, outcome.Metrics.Value("miou")!.Value, 1);
        Assert.InRange(outcome.Metrics.Value("worst_class_iou")!.Value, 0.5, outcome.Metrics.Value("miou")!.Value);
        Assert.True(outcome.Visited < outcome.FullVisits);
        Assert.Equal(0, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void The_same_seed_and_going_on_end_with_the_same_bits() => TaskContract.GoesOnToTheSameBits(() => Make(s_recipe));

    [RanksFact]
    public void Ranks_train_it_like_one_process()
    {
        var (alone, ranks) = TaskContract.RanksAgree(() => Make(s_recipe));
        Assert.Equal(alone.Value("test_loss")!.Value, ranks.Value("test_loss")!.Value, 0.1);
    }

    public static TheoryData<SegmentationRecipe, string> Refusals => new()
    {
        { s_recipe with { Depth = 4 }, "Depth 4 halves images of 8x8 until their sides are no whole numbers; take 3, or images whose sides are multiples of 16, such as 16." },
        { s_recipe with { Depth = 7 }, "Depth 7 is not in [1, 6]; e.g. 3." },
        { s_recipe with { Width = 0 }, "Width 0 is not in [1, 1024]; e.g. 16." },
        { s_recipe with { Subset = 1000 }, "a subset of 1000 samples is more than the 96 training samples of squares; take at most those." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_cant_be_is_refused_with_value_rule_and_remedy(SegmentationRecipe recipe, string message) =>
        Assert.Equal(message, Assert.Throws<RecipeException>(() => new SegmentationTask(Squares(96, 64), recipe)).Message);

    [Fact]
    public void Data_without_masks_are_refused() => Assert.Equal(
        "the task segment needs the class of each pixel, and quadrants was opened without masks; open it with Masks.",
        Assert.Throws<RecipeException>(static () => new SegmentationTask(Small.Images(40, 20), s_recipe)).Message);

    [Fact]
    public void A_recipe_comes_back_from_records_as_what_it_was()
    {
        Assert.Equal(s_recipe, TaskRecipe.FromRecord(s_recipe.ToRecord()));
        Assert.Equal("segment", s_recipe.ToRecord().Text("task"));
        Assert.DoesNotContain("needs_masks", s_recipe.ToRecord().Settings.GetRawText(), StringComparison.Ordinal);
    }

    private static Trainer Make(SegmentationRecipe recipe) => new(recipe.CreateTask(Squares(96, 64)), recipe, CPU);

    private static TrainingOutcome Run(SegmentationRecipe recipe) => Make(recipe).Run(new TrainingRequest { Method = "infobatch" }, []);

    /// <summary>Noise with a square of class 1 (brighter red) or 2 (brighter green) somewhere; its rim has no class.</summary>
    private static LoadedData Squares(int train, int test, int side = Side) => new(Set("squares", train, 1, side), Set("squares (test)", test, 2, side), "squares", null) { HasMasks = true };

    private static SampleSet Set(string name, int count, ulong seed, int side)
    {
        var rng = Rng.Derive(seed, 0, "test").Sequence();
        var (bytes, labels, plane) = (new byte[count * 4 * side * side], new int[count], side * side);
        for (var id = 0; id < count; id++)
        {
            labels[id] = 1 + (id % 2);
            var (top, left) = ((int)rng.Next((uint)side - 4), (int)rng.Next((uint)side - 4));
            for (var p = 0; p < plane; p++)
            {
                var (y, x) = ((p / side) - top, (p % side) - left);
                var inside = y is >= 0 and < 5 && x is >= 0 and < 5;
                for (var channel = 0; channel < 3; channel++)
                {
                    bytes[(((id * 4) + channel) * plane) + p] = (byte)(rng.Next(60) + (inside && channel == labels[id] - 1 ? 150u : 30u));
                }

                bytes[(((id * 4) + 3) * plane) + p] = (byte)(inside ? labels[id] : 0);
            }

            bytes[(((id * 4) + 3) * plane) + (id % plane)] = LoadedData.IgnoredPixel;
        }

        return SampleSet.FromBytes(name, [4, side, side], bytes, labels, classes: 3);
    }

    private static LoadedData Alike(int count)
    {
        var random = new Random(1);
        var bytes = new byte[count * 4 * Plane];
        for (var id = 0; id < count; id++)
        {
            for (var p = 0; p < Plane; p++)
            {
                var label = (byte)(1 + random.Next(20));
                bytes.AsSpan(id * 4 * Plane)[(3 * Plane) + p] = label;
                for (var channel = 0; channel < 3; channel++)
                {
                    bytes[(((id * 4) + channel) * Plane) + p] = (byte)(10 * label);
                }
            }
        }

        var set = SampleSet.FromBytes("alike", [4, Side, Side], bytes, new int[count], classes: 21);
        return new LoadedData(set, set, "alike", null) { HasMasks = true };
    }
}
