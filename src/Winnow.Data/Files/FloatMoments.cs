namespace Winnow.Data.Files;

/// <summary>
/// Mean and standard deviation of every channel or feature, in float64 and in two passes over whole samples: the textbook sum of squares loses every digit when a mean is large
/// against its spread. Each sample is summed for itself first, so that it is the same in any pieces.
/// </summary>
/// <param name="channels">How many there are.</param>
/// <param name="plane">Numbers of a channel in a sample.</param>
internal sealed class FloatMoments(int channels, int plane)
{
    private readonly double[] _mean = new double[channels], _std = new double[channels];
    private double _count;

    /// <summary>Takes whole samples in the first pass.</summary>
    public void AddFirst(ReadOnlySpan<float> values)
    {
        _count += values.Length / channels;
        for (var i = 0; i < values.Length;)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                double sum = 0;
                for (var k = 0; k < plane; k++, i++)
                {
                    sum += values[i];
                }

                _mean[channel] += sum;
            }
        }
    }

    /// <summary>Ends the first pass.</summary>
    public void EndFirst()
    {
        for (var channel = 0; channel < channels; channel++)
        {
            _mean[channel] /= _count;
        }
    }

    /// <summary>Takes the same samples in the second pass.</summary>
    public void AddSecond(ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length;)
        {
            for (var channel = 0; channel < channels; channel++)
            {
                double sum = 0;
                for (var k = 0; k < plane; k++, i++)
                {
                    sum += (values[i] - _mean[channel]) * (values[i] - _mean[channel]);
                }

                _std[channel] += sum;
            }
        }
    }

    /// <summary>Both, after the second pass.</summary>
    public (double[] Mean, double[] Std) Result() => (_mean, Array.ConvertAll(_std, sum => Math.Sqrt(sum / _count)));
}
