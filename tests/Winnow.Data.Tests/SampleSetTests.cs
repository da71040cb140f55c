namespace Winnow.Data.Tests;

public class SampleSetTests
{
    private static SampleSet Small() => SampleSet.FromBytes("s", [1, 1, 2], new byte[] { 0, 255, 51, 204, 102, 153 }, new[] { 0, 1, 1 });

    [Fact]
    public void Describes_itself()
    {
        var set = Small();
        Assert.Equal((3, 2, 1, 2, true, ElementType.UInt8), (set.Count, set.SampleLength, set.Channels, set.Classes, set.IsImage, set.ElementType));
        Assert.Equal([0, 1, 1], set.Labels.ToArray());
        Assert.Throws<InvalidOperationException>(() => set.Floats.Length);
    }

    [Fact]
    public void Takes_slices_and_selections_with_their_labels_and_the_classes_of_the_whole()
    {
        SampleSet first = Small().Take(1), middle = Small().Slice(1, 1), chosen = Small().Select([2, 0, 2]);
        Assert.Equal([0, 255], first.Bytes.ToArray());
        Assert.Equal(2, first.Classes);
        Assert.Equal([51, 204], middle.Bytes.ToArray());
        Assert.Equal([102, 153, 0, 255, 102, 153], chosen.Bytes.ToArray());
        Assert.Equal([1, 0, 1], chosen.Labels.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => Small().Take(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Small().Take(4));
        Assert.Throws<ArgumentOutOfRangeException>(() => Small().Slice(3, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Small().Select([3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Small().Select([]));
    }

    [Fact]
    public void The_fingerprint_follows_content_labels_shape_and_nothing_else()
    {
        var original = Small().Fingerprint;
        Assert.Matches("^[0-9a-f]{64}$", original);
        Assert.Equal(original, SampleSet.FromBytes("other name", [1, 1, 2], new byte[] { 0, 255, 51, 204, 102, 153 }, new[] { 0, 1, 1 }, 7).Fingerprint);
        Assert.NotEqual(original, SampleSet.FromBytes("s", [1, 2, 1], new byte[] { 0, 255, 51, 204, 102, 153 }, new[] { 0, 1, 1 }).Fingerprint);
        Assert.NotEqual(original, SampleSet.FromBytes("s", [1, 1, 2], new byte[] { 1, 255, 51, 204, 102, 153 }, new[] { 0, 1, 1 }).Fingerprint);
        Assert.NotEqual(original, SampleSet.FromBytes("s", [1, 1, 2], new byte[] { 0, 255, 51, 204, 102, 153 }, new[] { 0, 1, 0 }).Fingerprint);

        // Files that were written with a fingerprint outlive this version: the recipe must not change. Computed with Python's hashlib.
        Assert.Equal("46166f241b7e9b463b865301d700bcf38b0da985071788571ca1d648d6a68364", original);
    }

    [Fact]
    public void Mean_and_deviation_of_bytes_are_exact_per_channel()
    {
        var random = new Random(3);
        var pixels = new byte[7 * 3 * 5 * 3];
        random.NextBytes(pixels);
        var set = SampleSet.FromBytes("s", [3, 5, 3], pixels, new int[7]);
        for (var channel = 0; channel < 3; channel++)
        {
            double[] values = [.. pixels.Where((_, i) => i / 15 % 3 == channel).Select(p => p / 255.0)];
            var mean = values.Average();
            Assert.Equal(mean, set.Mean[channel], 1e-12);
            Assert.Equal(Math.Sqrt(values.Average(v => (v - mean) * (v - mean))), set.Std[channel], 1e-12);
        }
    }

    [Fact]
    public void Mean_and_deviation_of_features_keep_their_digits_far_from_zero()
    {
        var set = SampleSet.FromFloats("s", [2], [1e6f, 5, 1e6f + 1, 5, 1e6f + 2, 5], new[] { 0, 1, 0 });
        Assert.Equal([1e6 + 1, 5], set.Mean);
        Assert.Equal(Math.Sqrt(2.0 / 3), set.Std[0], 1e-12);
        Assert.Equal(0, set.Std[1]);
    }

    [Fact]
    public void Refuses_what_does_not_fit_together()
    {
        Refused("s: 2 labels but 3 bytes of samples; with shape [1, 1, 2] that is 2 bytes a sample, 4 in all.", () => SampleSet.FromBytes("s", [1, 1, 2], new byte[3], new int[2]));
        Refused("s: there are no samples; at least one is needed.", () => SampleSet.FromBytes("s", [1], Array.Empty<byte>(), Array.Empty<int>()));
        Refused("s: a sample of shape [0] holds nothing; every extent must be at least 1.", () => SampleSet.FromBytes("s", [0], Array.Empty<byte>(), new int[1]));
        Refused("s: label -1 of sample 1 is outside [0, 65536).", () => SampleSet.FromBytes("s", [1], new byte[2], new[] { 0, -1 }));
        Refused("s: label 5 of sample 0 is outside [0, 5).", () => SampleSet.FromBytes("s", [1], new byte[1], new[] { 5 }, 5));
        Refused("s: 70000 classes; the number of classes is in [1, 65536].", () => SampleSet.FromBytes("s", [1], new byte[1], new[] { 5 }, 70000));
        Refused("s: 1 class names for 2 classes.", () => SampleSet.FromBytes("s", [1], new byte[1], new[] { 1 }, 2, ["a"]));
        Refused("s: NaN at sample 1, value 0 of it; 2 of 4 values are NaN or infinite. Fill or drop them before, e.g. numpy.nan_to_num.",
            () => SampleSet.FromFloats("s", [2], [1, 2, float.NaN, float.PositiveInfinity], new[] { 0, 1 }));

        static void Refused(string message, Func<SampleSet> make) => Assert.Equal(message, Assert.Throws<DataException>(make).Message);
    }

    [Fact]
    public void Rows_stay_those_of_the_file_whatever_is_cut_off_left_out_or_chosen()
    {
        var all = SampleSet.FromBytes("s", [1], Enumerable.Range(0, 100).Select(static k => (byte)k).ToArray(), Enumerable.Range(0, 100).Select(static k => k % 5).ToArray());
        Check(all);
        Check(all.Take(30));
        Check(all.Slice(20, 30));
        Check(all.Slice(20, 30).Slice(5, 10));
        Check(all.Select([7, 3, 99, 3]));
        Check(all.Slice(20, 30).Select([7, 3, 29]));
        Check(all.Select([7, 3, 99, 50]).Slice(1, 2));
        Check(all.Slice(20, 60).WithLongTail(4).WithLabelNoise(0.5).Take(20));
        Assert.Throws<ArgumentOutOfRangeException>(() => all.Take(3).Row(3));

        // Each sample's byte is its row.
        static void Check(SampleSet set) => Assert.Equal(set.Bytes.ToArray().Select(static value => (int)value), Enumerable.Range(0, set.Count).Select(set.Row));
    }
}
