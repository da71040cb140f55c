using Winnow.Data.Formats;

namespace Winnow.Data.Tests;

// float64 columns that float32 can't hold are standardised before they become float32; all others stay what they are.
public sealed class ColumnScalesTests : IDisposable
{
    private const double Far = 1.7e9;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Write(string part, NpyArray x)
    {
        Npy.Write(_folder[$"x{part}.npy"], x);
        Npy.Write(_folder[$"y{part}.npy"], NpyArray.Create<int>([.. Enumerable.Range(0, x.Shape[0]).Select(i => i % 2)]));
    }

    private static double[] Table(Func<int, double> first, Func<int, double> second, int rows = 4) =>
        [.. Enumerable.Range(0, rows).SelectMany(i => (double[])[first(i), second(i)])];

    [Fact]
    public void A_column_far_from_zero_keeps_what_tells_its_samples_apart_and_the_test_part_gets_the_same()
    {
        Write("", NpyArray.Create<double>(Table(i => Far + i, i => i / 4.0), 4, 2));
        Write("_test", NpyArray.Create<double>(Table(i => Far + 10 + i, i => i), 4, 2));
        var data = DataSources.Open(_folder.Path);

        // By the training part's mean 1.5 and deviation √1.25 in both.
        float At(double value) => (float)((value - 1.5) / Math.Sqrt(1.25));
        Assert.Equal([At(0), 0, At(1), 0.25f, At(2), 0.5f, At(3), 0.75f], data.Train.Floats.ToArray());
        Assert.Equal([At(10), 0, At(11), 1, At(12), 2, At(13), 3], data.Test.Floats.ToArray());
        Assert.Equal("Column 0 of x.npy lies so far from zero for its spread that float32 can't hold it: standardised in float64 first.", data.Note);
    }

    // What is stored at another width is the same data: both parts go the same way.
    [Fact]
    public void A_test_part_of_float32_beside_a_training_part_of_float64_is_moved_with_it()
    {
        Write("", NpyArray.Create<double>(Table(i => 1e6 + i, i => i), 4, 2));
        Write("_test", NpyArray.Create<float>([1e6f, 1, 1e6f + 3, 2], 2, 2));
        var data = DataSources.Open(_folder.Path);
        Assert.Equal([(float)(-1.5 / Math.Sqrt(1.25)), 1, (float)(1.5 / Math.Sqrt(1.25)), 2], data.Test.Floats.ToArray());
    }

    [Fact]
    public void Numbers_too_large_or_too_small_for_float32_are_moved_too()
    {
        Write("", NpyArray.Create<double>(Table(i => 1e100 * (1 + i), i => 1e-60 * i), 4, 2));
        Write("_test", NpyArray.Create<double>(Table(i => 1e100, i => 0, 1), 1, 2));
        var data = DataSources.Open(_folder.Path);
        float low = (float)(-1.5 / Math.Sqrt(1.25)), zero = data.Train.Floats[1];
        Assert.Equal(low, data.Train.Floats[0], 6);
        Assert.Equal(low, zero, 6);
        Assert.Equal([data.Train.Floats[0], zero], data.Test.Floats.ToArray());
        Assert.Equal("All 2 columns of x.npy lie so far from zero for their spread that float32 can't hold them: standardised in float64 first.", data.Note);
    }

    [Fact]
    public void Columns_that_float32_holds_stay_as_they_are()
    {
        var values = Table(i => 100 + i, i => -0.1 * i);
        Write("", NpyArray.Create<double>(values, 4, 2));
        Write("_test", NpyArray.Create<double>(values.AsSpan(0, 4), 2, 2));
        var data = DataSources.Open(_folder.Path);
        Assert.Equal(Array.ConvertAll(values, value => (float)value), data.Train.Floats.ToArray());
        Assert.Null(data.Note);
    }

    // A whole channel, wherever its pixels lie.
    [Fact]
    public void Channels_of_images_are_moved_as_one()
    {
        double[] pixels = [.. Enumerable.Range(0, 2 * 2 * 2 * 3).Select(i => (i % 3 == 1 ? Far : 0) + (i / 3))];
        Write("", NpyArray.Create<double>(pixels, 2, 2, 2, 3));
        Write("_test", NpyArray.Create<double>(pixels, 2, 2, 2, 3));
        var data = DataSources.Open(_folder.Path);
        static float At(double value) => (float)(value / Math.Sqrt(5.25));
        Assert.Equal([3, 2, 2], data.Train.Shape.ToArray());
        Assert.Equal([0, 1, 2, 3, At(-3.5), At(-2.5), At(-1.5), At(-0.5), 0, 1, 2, 3], data.Train.Floats[..12].ToArray());
        Assert.Equal(data.Train.Floats.ToArray(), data.Test.Floats.ToArray());
        Assert.Equal("Channel 1 of x.npy lies so far from zero for its spread that float32 can't hold it: standardised in float64 first.", data.Note);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_column_that_is_the_same_in_all_samples_is_told(bool wide)
    {
        var values = Table(i => i, i => Far);
        Write("", wide ? NpyArray.Create<double>(values, 4, 2) : NpyArray.Create<float>(Array.ConvertAll(values, value => (float)value), 4, 2));
        Write("_test", NpyArray.Create<float>([1, 2], 1, 2));
        Assert.Equal("Column 1 of x.npy is the same in all samples: nothing can be learned from it.", DataSources.Open(_folder.Path).Note);
    }

    [Fact]
    public void Float64_parts_of_unlike_widths_are_refused_as_others_are()
    {
        Write("", NpyArray.Create<double>(Table(i => Far + i, i => i), 4, 2));
        Write("_test", NpyArray.Create<double>([1, 2, 3], 1, 3));
        Assert.EndsWith("training samples are [2] of Float32, test samples [3] of Float32; they must be alike.",
            Assert.ThrowsAny<DataException>(() => DataSources.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN, "NaN at sample 2, value 0 of it; 1 of 8 values are NaN or infinite. Fill or drop them before, e.g. numpy.nan_to_num.")]
    [InlineData(double.NegativeInfinity, "-Infinity at sample 2, value 0 of it; 1 of 8 values are NaN or infinite. Fill or drop them before, e.g. numpy.nan_to_num.")]
    public void What_is_no_number_is_refused_as_itself(double value, string message)
    {
        Write("", NpyArray.Create<double>(Table(i => i == 2 ? value : Far + i, i => i), 4, 2));
        Assert.EndsWith(message, Assert.ThrowsAny<DataException>(() => DataSources.Open(_folder.Path)).Message, StringComparison.Ordinal);
    }
}
