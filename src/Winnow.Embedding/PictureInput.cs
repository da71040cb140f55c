using System.Runtime.InteropServices;
using Winnow.Data;

namespace Winnow.Embedding;

/// <summary>
/// Puts samples into a network's input as a manifest says: channels, the middle square, its scaling, mean and deviation. Each number is computed by the same operations in the same order on any
/// machine.
/// </summary>
public sealed class PictureInput
{
    private const int White = 255;

    private readonly ImageManifest _manifest;
    private readonly ElementType _type;
    private readonly string _name;
    private readonly int _channels;
    private readonly int _height;
    private readonly int _width;
    private readonly int _side;
    private readonly int _size;
    private readonly Tap[] _taps;
    private readonly float[] _weights;

    /// <summary>Makes ready for samples of a set.</summary>
    /// <param name="manifest">How pictures come in.</param>
    /// <param name="size">The side that the network takes.</param>
    /// <param name="set">Where samples are from.</param>
    /// <exception cref="DataException">The samples are no pictures of 1, 3 or 4 channels.</exception>
    public PictureInput(ImageManifest manifest, int size, SampleSet set)
    {
        if (!set.IsImage)
        {
            throw new DataException($"{set.Name}: holds rows of {set.SampleLength} numbers, and this embedder takes pictures. Give pictures; rows of numbers are vectors already.");
        }

        if (set.Channels is not (1 or 3 or 4))
        {
            throw new DataException($"{set.Name}: its pictures have {set.Channels} channels; an embedder takes 1 (grey), 3 (red, green, blue) or 4 (with opacity).");
        }

        (_manifest, _size, _type, _name, _channels, _height, _width) = (manifest, size, set.ElementType, set.Name, set.Channels, set.Shape[1], set.Shape[2]);
        _side = Math.Min(_height, _width);
        (_taps, _weights) = Filter(_side, size);
    }

    /// <summary>The numbers of a row of the input.</summary>
    public int Length => _manifest.ChannelCount * _size * _size;

    /// <summary>Puts one sample in.</summary>
    /// <param name="sample">Its bytes.</param>
    /// <param name="row">Which it is, for messages.</param>
    /// <param name="destination">Takes it; <see cref="Length"/> numbers.</param>
    /// <exception cref="DataException">A float sample isn't in [0, 1].</exception>
    public void Fill(ReadOnlySpan<byte> sample, int row, Span<float> destination)
    {
        var square = Square(sample, row);
        var between = new float[_side * _size];
        var plane = new float[_size * _size];
        for (var channel = 0; channel < _manifest.ChannelCount; channel++)
        {
            var source = _manifest.Channels == ChannelOrder.Bgr ? 2 - channel : channel;
            Scale(square.AsSpan(source % (square.Length / (_side * _side)) * _side * _side, _side * _side), between, plane);
            var (factor, mean, std) = ((float)_manifest.Scale, At(_manifest.Mean, channel), At(_manifest.Std, channel));
            var (start, step) = _manifest.Layout == PictureLayout.Nchw ? (channel * plane.Length, 1) : (channel, _manifest.ChannelCount);
            for (var k = 0; k < plane.Length; k++)
            {
                destination[start + (k * step)] = ((plane[k] * factor) - mean) / std;
            }
        }
    }

    private static float At(IReadOnlyList<double> values, int channel) => (float)values[values.Count == 1 ? 0 : channel];

    // Grey in one plane, colours in three: the middle square, in [0, 255].
    private float[] Square(ReadOnlySpan<byte> sample, int row)
    {
        var pixels = _height * _width;
        var floats = _type == ElementType.Float32 ? MemoryMarshal.Cast<byte, float>(sample) : default;
        var colours = _channels == 1 ? 1 : _manifest.Channels == ChannelOrder.Grey ? 1 : 3;
        var square = new float[colours * _side * _side];
        var first = ((_height - _side) / 2 * _width) + ((_width - _side) / 2);
        for (var y = 0; y < _side; y++)
        {
            for (var x = 0; x < _side; x++)
            {
                var (from, to) = (first + (y * _width) + x, (y * _side) + x);
                if (_channels == 1)
                {
                    square[to] = Value(sample, floats, from, row);
                    continue;
                }

                var (red, green, blue) = (Value(sample, floats, from, row), Value(sample, floats, pixels + from, row), Value(sample, floats, (2 * pixels) + from, row));
                if (_channels == 4)
                {
                    var opacity = Value(sample, floats, (3 * pixels) + from, row) / White;
                    var behind = White * (1 - opacity);
                    (red, green, blue) = ((red * opacity) + behind, (green * opacity) + behind, (blue * opacity) + behind);
                }

                if (colours == 1)
                {
                    square[to] = (0.299f * red) + (0.587f * green) + (0.114f * blue);
                }
                else
                {
                    (square[to], square[to + (_side * _side)], square[to + (2 * _side * _side)]) = (red, green, blue);
                }
            }
        }

        return square;
    }

    private float Value(ReadOnlySpan<byte> bytes, ReadOnlySpan<float> floats, int at, int row)
    {
        if (_type == ElementType.UInt8)
        {
            return bytes[at];
        }

        var value = floats[at];
        return value is >= 0 and <= 1 ? value * White
            : throw new DataException(FormattableString.Invariant($"{_name}: {value} in row {row} is outside [0, 1], where the numbers of a picture of floats lie. Save pictures as bytes (uint8), or divide them by their largest value."));
    }

    private void Scale(ReadOnlySpan<float> square, Span<float> between, Span<float> plane)
    {
        for (var y = 0; y < _side; y++)
        {
            var line = square.Slice(y * _side, _side);
            for (var x = 0; x < _size; x++)
            {
                var tap = _taps[x];
                float sum = 0;
                for (var k = 0; k < tap.Count; k++)
                {
                    sum += line[tap.First + k] * _weights[tap.Weights + k];
                }

                between[(y * _size) + x] = sum;
            }
        }

        for (var y = 0; y < _size; y++)
        {
            var tap = _taps[y];
            var line = plane.Slice(y * _size, _size);
            line.Clear();
            for (var k = 0; k < tap.Count; k++)
            {
                var weight = _weights[tap.Weights + k];
                var source = between.Slice((tap.First + k) * _size, _size);
                for (var x = 0; x < line.Length; x++)
                {
                    line[x] += source[x] * weight;
                }
            }
        }
    }

    // The weights of the old pixels in each new one: a triangle around its middle, one old pixel wide to each side, or as many as are made one.
    private static (Tap[] Taps, float[] Weights) Filter(int from, int to)
    {
        var taps = new Tap[to];
        var weights = new List<float>();
        var ratio = (double)from / to;
        var reach = Math.Max(1, ratio);
        for (var target = 0; target < to; target++)
        {
            var middle = (target + 0.5) * ratio;
            var (first, end) = (Math.Max(0, (int)Math.Floor(middle - reach)), Math.Min(from, (int)Math.Ceiling(middle + reach)));
            double[] own = [.. Enumerable.Range(first, end - first).Select(source => Math.Max(0, 1 - (Math.Abs(source + 0.5 - middle) / reach)))];
            var sum = own.Sum();
            taps[target] = new(first, own.Length, weights.Count);
            weights.AddRange(own.Select(weight => (float)(weight / sum)));
        }

        return (taps, [.. weights]);
    }

    private readonly record struct Tap(int First, int Count, int Weights);
}
