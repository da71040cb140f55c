using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SkiaSharp;

namespace Winnow.Data.Pictures;

/// <summary>
/// Scales the largest square in the middle of a picture to a square of a given side, by cubic interpolation (Catmull-Rom) whose reach grows with the reduction, so that every
/// pixel counts. All in whole numbers: vector instructions differ between processors, and a data set has to be the same on all of them, to the last bit.
/// </summary>
/// <param name="side">The side of the result.</param>
internal sealed class PictureScaler(int side)
{
    /// <summary>Bytes of a pixel: red, green, blue, opacity.</summary>
    public const int PixelBytes = 4;

    private const int FractionBits = 22;

    private byte[] _rows = [];

    /// <summary>Puts what lies behind a picture with opacity: white.</summary>
    public static void PutOnWhite(Span<byte> pixels)
    {
        for (var at = 0; at + 3 < pixels.Length; at += PixelBytes)
        {
            int opacity = pixels[at + 3];
            if (opacity == 255)
            {
                continue;
            }

            var white = (255 * (255 - opacity)) + 127;
            pixels[at] = (byte)(((pixels[at] * opacity) + white) / 255);
            pixels[at + 1] = (byte)(((pixels[at + 1] * opacity) + white) / 255);
            pixels[at + 2] = (byte)(((pixels[at + 2] * opacity) + white) / 255);
        }
    }

    /// <summary>Multiplies colours by their opacity, so that what can't be seen doesn't count where pixels are mixed.</summary>
    public static void Premultiply(Span<byte> pixels)
    {
        for (var at = 0; at + 3 < pixels.Length; at += PixelBytes)
        {
            int opacity = pixels[at + 3];
            for (var channel = at; channel < at + 3 && opacity != 255; channel++)
            {
                pixels[channel] = (byte)(((pixels[channel] * opacity) + 127) / 255);
            }
        }
    }

    /// <summary>Scales a picture.</summary>
    /// <param name="pixels">Row by row, of <see cref="PixelBytes"/> each; opacity doesn't change the colours.</param>
    /// <param name="width">Its width.</param>
    /// <param name="height">Its height.</param>
    /// <param name="origin">How it is to be turned.</param>
    /// <param name="target">Takes three planes, red, green and blue; where there is room for a fourth, opacity.</param>
    public void Scale(ReadOnlySpan<byte> pixels, int width, int height, SKEncodedOrigin origin, Span<byte> target)
    {
        var window = Math.Min(width, height);
        var columns = new Filter(width, window, side);
        var rows = new Filter(height, window, side);
        var first = rows.First(0);
        var count = rows.First(side - 1) + rows.Weights(side - 1).Length - first;
        if (_rows.Length < count * side * PixelBytes)
        {
            _rows = GC.AllocateUninitializedArray<byte>(count * side * PixelBytes);
        }

        ref var source = ref MemoryMarshal.GetReference(pixels);
        ref var between = ref MemoryMarshal.GetArrayDataReference(_rows);
        for (var y = 0; y < count; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var at = (((nint)(first + y) * width) + columns.First(x)) * PixelBytes;
                Unsafe.WriteUnaligned(ref Unsafe.Add(ref between, ((nint)y * side + x) * PixelBytes), Sum(ref Unsafe.Add(ref source, at), PixelBytes, columns.Weights(x)));
            }
        }

        var plane = side * side;
        var opacity = target.Length > 3 * plane;
        for (var y = 0; y < side; y++)
        {
            for (var x = 0; x < side; x++)
            {
                var at = (((nint)(rows.First(y) - first) * side) + x) * PixelBytes;
                var pixel = Sum(ref Unsafe.Add(ref between, at), side * PixelBytes, rows.Weights(y));
                var place = Turned(x, y, origin);
                target[place] = (byte)pixel;
                target[plane + place] = (byte)(pixel >> 8);
                target[(2 * plane) + place] = (byte)(pixel >> 16);
                if (opacity)
                {
                    target[(3 * plane) + place] = (byte)(pixel >> 24);
                }
            }
        }
    }

    /// <summary>The weighted sum of pixels that lie so many bytes apart, a channel a byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Sum(ref byte first, nint step, ReadOnlySpan<int> weights)
    {
        var sum = Vector128.Create(1 << (FractionBits - 1));
        foreach (var weight in weights)
        {
            var bytes = Vector128.CreateScalar(Unsafe.ReadUnaligned<uint>(ref first)).AsByte();
            sum += Vector128.WidenLower(Vector128.WidenLower(bytes)).AsInt32() * weight;
            first = ref Unsafe.Add(ref first, step);
        }

        sum = Vector128.Min(Vector128.Max(sum >> FractionBits, Vector128<int>.Zero), Vector128.Create(255));
        return (uint)(sum[0] | (sum[1] << 8) | (sum[2] << 16) | (sum[3] << 24));
    }

    /// <summary>Where a pixel belongs that the file has at (x, y).</summary>
    private int Turned(int x, int y, SKEncodedOrigin origin)
    {
        var (right, below) = (side - 1 - x, side - 1 - y);
        var (column, row) = origin switch
        {
            SKEncodedOrigin.TopRight => (right, y),
            SKEncodedOrigin.BottomRight => (right, below),
            SKEncodedOrigin.BottomLeft => (x, below),
            SKEncodedOrigin.LeftTop => (y, x),
            SKEncodedOrigin.RightTop => (below, x),
            SKEncodedOrigin.RightBottom => (below, right),
            SKEncodedOrigin.LeftBottom => (y, right),
            _ => (x, y),
        };
        return (row * side) + column;
    }

    /// <summary>Which pixels of a line count how much for each of the results, where only a window in its middle is looked at. Those beyond the window's edge count, too.</summary>
    private readonly struct Filter
    {
        private readonly int[] _first, _length, _weights;
        private readonly int _stride;

        public Filter(int length, int window, int side)
        {
            var scale = (double)window / side;
            var start = (length - window) / 2.0;
            var stretch = Math.Max(scale, 1);
            var reach = 2 * stretch;
            _stride = (2 * (int)Math.Ceiling(reach)) + 1;
            (_first, _length, _weights) = (new int[side], new int[side], new int[side * _stride]);
            var exact = new double[_stride];
            for (var i = 0; i < side; i++)
            {
                var centre = start + ((i + 0.5) * scale);
                _first[i] = Math.Max(0, (int)(centre - reach + 0.5));
                _length[i] = Math.Min(length, (int)(centre + reach + 0.5)) - _first[i];
                double sum = 0;
                for (var k = 0; k < _length[i]; k++)
                {
                    exact[k] = Cubic((_first[i] + k + 0.5 - centre) / stretch);
                    sum += exact[k];
                }

                for (var k = 0; k < _length[i]; k++)
                {
                    _weights[(i * _stride) + k] = (int)Math.Round(exact[k] / sum * (1 << FractionBits), MidpointRounding.AwayFromZero);
                }
            }
        }

        public int First(int i) => _first[i];

        public ReadOnlySpan<int> Weights(int i) => _weights.AsSpan(i * _stride, _length[i]);

        // Only sums and products, which every processor rounds alike.
        private static double Cubic(double x)
        {
            x = Math.Abs(x);
            return x < 1 ? (((1.5 * x) - 2.5) * x * x) + 1
                : x < 2 ? ((((-0.5 * x) + 2.5) * x - 4) * x) + 2
                : 0;
        }
    }
}
