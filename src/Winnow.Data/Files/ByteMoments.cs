namespace Winnow.Data.Files;

/// <summary>Mean and standard deviation of every channel of bytes, in one pass over whole samples. By exact whole numbers, so that it is the same in any pieces.</summary>
/// <param name="channels">How many there are.</param>
/// <param name="plane">Numbers of a channel in a sample.</param>
internal sealed class ByteMoments(int channels, int plane)
{
    // A histogram a channel. Two of them side by side, because runs of equal pixels (black borders) would otherwise wait for the counter they have just written.
    private readonly long[] _even = new long[channels * 256], _odd = new long[channels * 256];

    /// <summary>Counts whole samples.</summary>
    public void Add(ReadOnlySpan<byte> pixels)
    {
        for (int start = 0, channel = 0; start < pixels.Length; start += plane, channel = channel + 1 == channels ? 0 : channel + 1)
        {
            var values = pixels.Slice(start, plane);
            Span<long> first = _even.AsSpan(channel * 256, 256), second = _odd.AsSpan(channel * 256, 256);
            var i = 0;
            for (; i + 1 < values.Length; i += 2)
            {
                first[values[i]]++;
                second[values[i + 1]]++;
            }

            if (i < values.Length)
            {
                first[values[i]]++;
            }
        }
    }

    /// <summary>Both, for bytes as parts of 255.</summary>
    public (double[] Mean, double[] Std) Result()
    {
        double[] mean = new double[channels], std = new double[channels];
        for (var channel = 0; channel < channels; channel++)
        {
            long count = 0, sum = 0, squares = 0;
            for (var value = 0; value < 256; value++)
            {
                var n = _even[(channel * 256) + value] + _odd[(channel * 256) + value];
                count += n;
                sum += n * value;
                squares += n * value * value;
            }

            var m = (double)sum / count;
            mean[channel] = m / 255;
            std[channel] = Math.Sqrt(Math.Max(0, ((double)squares / count) - (m * m))) / 255;
        }

        return (mean, std);
    }
}
