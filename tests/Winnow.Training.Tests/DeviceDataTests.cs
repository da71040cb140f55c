using Winnow.Data;
using Winnow.Records;
using Winnow.Torch;
using Winnow.Training.Tasks;
using Winnow.Training.Tasks.Classification;
using static TorchSharp.torch;

namespace Winnow.Training.Tests;

[Collection(TrainingCollection.Name)]
public class DeviceDataTests
{
    private const int Side = 5;

    [Fact]
    public void A_batch_is_the_samples_normalised_by_the_training_set()
    {
        using var scope = NewDisposeScope();
        var set = Ramp(6);
        var data = new DeviceData(set, set, Augmentation.None, CPU, MemoryLayout.ChannelsLast);
        var batch = data.Batch(TensorData.FromSpan<long>([4, 1]), default, start: 0, count: 2);
        Assert.Equal([2, 2, Side, Side], batch.shape);
        Assert.Equal([4L, 1L], data.Labels(TensorData.FromSpan<long>([4, 1])).ToArray<long>());
        Check(batch, (n, c, y, x) => Normalised(set, n == 0 ? 4 : 1, c, y, x));
    }

    [Fact]
    public void Every_augmentation_is_what_an_obvious_program_makes_of_the_same_draws()
    {
        using var scope = NewDisposeScope();
        var set = Ramp(8);
        var augmentation = Augmentation.Parse("flip,crop=2,cutout=3");
        var data = new DeviceData(set, set, augmentation, CPU, MemoryLayout.ChannelsLast);
        int[] order = [7, 0, 3, 5, 1];
        var draws = data.Draw(new SampleDraws(3, 2), order);
        var (top, left) = (draws.Top!.ToArray<long>(), draws.Left!.ToArray<long>());
        var mirror = draws.Mirror!.to(ScalarType.Int64).ToArray<long>();
        var (centreY, centreX) = (draws.CentreY!.ToArray<long>(), draws.CentreX!.ToArray<long>());
        var batch = data.Batch(TensorData.FromSpan<long>([3, 5, 1]), draws, start: 2, count: 3);
        Check(batch, (n, c, y, x) =>
        {
            var k = n + 2;
            if (y >= centreY[k] - 1 && y < centreY[k] + 2 && x >= centreX[k] - 1 && x < centreX[k] + 2)
            {
                return 0;
            }

            var column = mirror[k] == 1 ? Side - 1 - x : x;
            var (row, source) = ((int)(y + top[k] - 2), (int)(column + left[k] - 2));
            var inside = row is >= 0 and < Side && source is >= 0 and < Side;
            return inside ? Normalised(set, order[k], c, row, source) : (0 - (float)set.Mean[c]) / (float)set.Std[c];
        });
    }

    // A network that takes images of any size wouldn't notice the padding.
    [Fact]
    public void What_is_read_without_draws_is_the_image_as_it_is_whatever_the_augmentation()
    {
        using var scope = NewDisposeScope();
        var set = Ramp(8);
        var data = new DeviceData(set, set, Augmentation.Parse("flip,crop=2,cutout=3"), CPU, MemoryLayout.ChannelsLast);
        using var pass = data.Read(new[] { 4, 1 }, draws: null);
        var batch = pass.Take(0, 2)[Batch.Input];
        Assert.Equal([2, 2, Side, Side], batch.shape);
        Check(batch, (n, c, y, x) => Normalised(set, n == 0 ? 4 : 1, c, y, x));
    }

    [Fact]
    public void A_samples_draws_dont_depend_on_the_others_in_the_plan()
    {
        using var scope = NewDisposeScope();
        var set = Ramp(8);
        var data = new DeviceData(set, set, Augmentation.Parse("crop=2"), CPU, MemoryLayout.ChannelsLast);
        var one = data.Draw(new SampleDraws(1, 0), [6]).Top!.ToArray<long>()[0];
        Assert.Equal(one, data.Draw(new SampleDraws(1, 0), [2, 6, 1]).Top!.ToArray<long>()[1]);
    }

    [Fact]
    public void Draws_cover_their_range_evenly_and_change_with_epoch_and_seed()
    {
        using var scope = NewDisposeScope();
        var set = Ramp(4000);
        var data = new DeviceData(set, set, Augmentation.Parse("flip,crop=2"), CPU, MemoryLayout.ChannelsLast);
        int[] order = [.. Enumerable.Range(0, 4000)];
        var first = data.Draw(new SampleDraws(1, 0), order);
        Assert.NotEqual(first.Top!.ToArray<long>(), data.Draw(new SampleDraws(1, 1), order).Top!.ToArray<long>());
        Assert.NotEqual(first.Top!.ToArray<long>(), data.Draw(new SampleDraws(2, 0), order).Top!.ToArray<long>());
        var counts = first.Top!.ToArray<long>().GroupBy(static offset => offset).ToDictionary(static g => g.Key, static g => g.Count());
        Assert.Equal([0L, 1, 2, 3, 4], counts.Keys.Order());

        // Binomial(4000, 1/5): five standard deviations are 127.
        Assert.All(counts.Values, static count => Assert.InRange(count, 800 - 127, 800 + 127));
        Assert.InRange(first.Mirror!.to(ScalarType.Int64).ToArray<long>().Sum(), 2000 - 158, 2000 + 158);
    }

    private static float Normalised(SampleSet set, int n, int c, int y, int x) =>
        ((set.Bytes[(((((n * 2) + c) * Side) + y) * Side) + x] / 255f) - (float)set.Mean[c]) / (float)set.Std[c];

    private static void Check(Tensor batch, Func<int, int, int, int, float> expected)
    {
        var shape = batch.shape;
        var values = batch.contiguous().ToArray<float>();
        var at = 0;
        for (var n = 0; n < shape[0]; n++)
        {
            for (var c = 0; c < shape[1]; c++)
            {
                for (var y = 0; y < shape[2]; y++)
                {
                    for (var x = 0; x < shape[3]; x++)
                    {
                        Assert.Equal(expected(n, c, y, x), values[at++], 1e-4f);
                    }
                }
            }
        }
    }

    private static SampleSet Ramp(int count)
    {
        var pixels = new byte[count * 2 * Side * Side];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)((i * 37) % 251);
        }

        return SampleSet.FromBytes("ramp", [2, Side, Side], pixels, Enumerable.Range(0, count).Select(static n => n % 8).ToArray(), classes: 8);
    }
}
