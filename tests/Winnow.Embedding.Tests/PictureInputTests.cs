using Winnow.Data;

namespace Winnow.Embedding.Tests;

public sealed class PictureInputTests
{
    [Fact]
    public void Doubling_and_halving_are_linear_between_and_over_pixels()
    {
        // Two columns of 0 and 200: new pixels lie at a quarter and three quarters between the old ones' middles.
        Assert.Equal([0f, 50, 150, 200], Fill(new ImageManifest { Channels = ChannelOrder.Grey, Scale = 1 }, 4, [1, 2, 2], [0, 200, 0, 200])[..4]);

        // Four columns become two: weights 3, 3, 1 of 7 at the edge.
        var half = Fill(new ImageManifest { Channels = ChannelOrder.Grey, Scale = 1 }, 2, [1, 4, 4], [0, 70, 140, 210, 0, 70, 140, 210, 0, 70, 140, 210, 0, 70, 140, 210]);
        Assert.Equal(((3 * 0) + (3 * 70) + (1 * 140)) / 7f, half[0], 1e-4);
        Assert.Equal(((1 * 70) + (3 * 140) + (3 * 210)) / 7f, half[1], 1e-4);
    }

    [Fact]
    public void A_picture_of_the_right_size_stays_as_it_is_and_scale_mean_and_deviation_are_the_channels()
    {
        byte[] red = [1, 2, 3, 4], green = [5, 6, 7, 8], blue = [9, 10, 11, 12];
        byte[] sample = [.. red, .. green, .. blue];
        var manifest = new ImageManifest { Scale = 1, Mean = [1, 2, 3], Std = [1, 2, 4] };
        float[] expected = [0, 1, 2, 3, 1.5f, 2, 2.5f, 3, 1.5f, 1.75f, 2, 2.25f];
        Assert.Equal(expected, Fill(manifest, 2, [3, 2, 2], sample));
        Assert.Equal([9f, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4], Fill(new ImageManifest { Scale = 1, Channels = ChannelOrder.Bgr }, 2, [3, 2, 2], sample));
        Assert.Equal([1f, 5, 9, 2, 6, 10, 3, 7, 11, 4, 8, 12], Fill(new ImageManifest { Scale = 1, Layout = PictureLayout.Nhwc }, 2, [3, 2, 2], sample));
        Assert.Equal(0.299f + (0.587f * 5) + (0.114f * 9), Fill(new ImageManifest { Scale = 1, Channels = ChannelOrder.Grey }, 2, [3, 2, 2], sample)[0], 1e-5);
    }

    [Fact]
    public void The_middle_square_is_taken() =>
        Assert.Equal([2f, 3, 6, 7], Fill(new ImageManifest { Channels = ChannelOrder.Grey, Scale = 1 }, 2, [1, 2, 4], [1, 2, 3, 4, 5, 6, 7, 8]));

    [Fact]
    public void What_can_be_seen_through_lies_on_white()
    {
        Assert.Equal([255f, 255, 255], Fill(new ImageManifest { Scale = 1 }, 1, [4, 1, 1], [0, 9, 77, 0]));
        Assert.Equal([0f, 9, 77], Fill(new ImageManifest { Scale = 1 }, 1, [4, 1, 1], [0, 9, 77, 255]));
        Assert.Equal(255 - (51 / 255f * 255), Fill(new ImageManifest { Scale = 1 }, 1, [4, 1, 1], [0, 9, 77, 51])[0], 1e-4);
    }

    [Fact]
    public void Floats_are_in_0_to_1_and_others_are_refused_with_their_row()
    {
        var set = SampleSet.FromFloats("table", [1, 1, 1], [0.5f, 1.5f], new int[2]);
        var input = new PictureInput(new ImageManifest(), 1, set);
        var taken = new float[3];
        input.Fill(set.Bytes[..4], 0, taken);
        Assert.Equal([0.5f, 0.5f, 0.5f], taken);
        Assert.Contains("1.5 in row 1 is outside [0, 1]", Assert.Throws<DataException>(() => input.Fill(set.Bytes[4..], 1, taken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Vectors_and_pictures_of_other_channels_are_refused()
    {
        Assert.Contains("holds rows of 2 numbers", Assert.Throws<DataException>(static () => new PictureInput(new ImageManifest(), 4, SampleSet.FromFloats("t", [2], [1, 2], new int[1]))).Message, StringComparison.Ordinal);
        Assert.Contains("have 2 channels", Assert.Throws<DataException>(static () => new PictureInput(new ImageManifest(), 4, SampleSet.FromBytes("t", [2, 1, 1], new byte[2], new int[1]))).Message, StringComparison.Ordinal);
    }

    private static float[] Fill(ImageManifest manifest, int size, int[] shape, byte[] sample)
    {
        var set = SampleSet.FromBytes("set", shape, sample, new int[1]);
        var input = new PictureInput(manifest, size, set);
        var row = new float[input.Length];
        input.Fill(sample, 0, row);
        return row;
    }
}
