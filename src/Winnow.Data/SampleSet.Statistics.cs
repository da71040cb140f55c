using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Winnow.Data;

public sealed partial class SampleSet
{
    private readonly Lazy<(double[] Mean, double[] Std)> _statistics;
    private readonly Lazy<string> _fingerprint;

    /// <summary>
    /// The mean of every channel (images) or feature (tables), computed in float64 over this set on first use; bytes count as value/255,
    /// so it is in [0, 1] for them.
    /// </summary>
    public IReadOnlyList<double> Mean => _statistics.Value.Mean;

    /// <summary>
    /// The population standard deviation of every channel or feature, in the same units as <see cref="Mean"/>. It is 0 for a channel that
    /// never changes: whoever divides by it has to look.
    /// </summary>
    public IReadOnlyList<double> Std => _statistics.Value.Std;

    /// <summary>
    /// SHA-256 over element type, shape, count, content and labels, 64 hexadecimal digits in lower case; computed on first use. Two sets
    /// with the same fingerprint hold the same samples in the same order. Names don't count.
    /// </summary>
    public string Fingerprint => _fingerprint.Value;

    private string ComputeFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes($"winnow samples 1 {ElementType} {Describe(_shape)} {Count}\n"));
        hash.AppendData(_bytes.Span);
        hash.AppendData(MemoryMarshal.AsBytes(_labels.Span));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private (double[] Mean, double[] Std) ComputeStatistics()
    {
        double[] mean = new double[Channels], std = new double[Channels];
        var plane = SampleLength / Channels;
        if (ElementType == ElementType.UInt8)
        {
            ByteStatistics(_bytes.Span, plane, mean, std);
        }
        else
        {
            FloatStatistics(Floats, plane, mean, std);
        }

        return (mean, std);
    }

    // A histogram a channel: exact integers, so the result depends on nothing but the data. Two of them side by side, because runs of
    // equal pixels (black borders) would otherwise wait for the counter they have just written.
    private static void ByteStatistics(ReadOnlySpan<byte> pixels, int plane, double[] mean, double[] std)
    {
        var channels = mean.Length;
        long[] even = new long[channels * 256], odd = new long[channels * 256];
        for (int start = 0, channel = 0; start < pixels.Length; start += plane, channel = channel + 1 == channels ? 0 : channel + 1)
        {
            var values = pixels.Slice(start, plane);
            Span<long> first = even.AsSpan(channel * 256, 256), second = odd.AsSpan(channel * 256, 256);
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

        for (var channel = 0; channel < channels; channel++)
        {
            long count = 0, sum = 0, squares = 0;
            for (var value = 0; value < 256; value++)
            {
                var n = even[(channel * 256) + value] + odd[(channel * 256) + value];
                count += n;
                sum += n * value;
                squares += n * value * value;
            }

            var m = (double)sum / count;
            mean[channel] = m / 255;
            std[channel] = Math.Sqrt(Math.Max(0, ((double)squares / count) - (m * m))) / 255;
        }
    }

    // Two passes: the textbook sum of squares loses every digit when a feature's mean is large against its spread.
    private static void FloatStatistics(ReadOnlySpan<float> values, int plane, double[] mean, double[] std)
    {
        var channels = mean.Length;
        double count = values.Length / channels;
        for (var i = 0; i < values.Length;)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                double sum = 0;
                for (var k = 0; k < plane; k++, i++)
                {
                    sum += values[i];
                }

                mean[channel] += sum;
            }
        }

        for (var channel = 0; channel < channels; channel++)
        {
            mean[channel] /= count;
        }

        for (var i = 0; i < values.Length;)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                double sum = 0;
                for (var k = 0; k < plane; k++, i++)
                {
                    sum += (values[i] - mean[channel]) * (values[i] - mean[channel]);
                }

                std[channel] += sum;
            }
        }

        for (var channel = 0; channel < channels; channel++)
        {
            std[channel] = Math.Sqrt(std[channel] / count);
        }
    }
}
