using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Winnow.Data.Pictures;
using Winnow.Numerics;

namespace Winnow.Data.Masks;

/// <summary>
/// What cut-out pictures are laid over. Some of the pictures lie behind training samples and others behind test samples, equal ones on the same side; which of them lies behind a sample, and whether it is
/// mirrored, is drawn by the sample's name, so that it doesn't depend on what else is in the folder.
/// </summary>
internal sealed class Backgrounds
{
    private readonly byte[][] _train, _test;
    private readonly Rng _draws = Rng.Derive(0, 0, "backgrounds");

    private Backgrounds(byte[][] train, byte[][] test, string note) => (_train, _test, Note) = (train, test, note);

    /// <summary>What was read, in sentences.</summary>
    public string Note { get; }

    /// <summary>Reads all pictures of a folder, at whatever depth.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="side">The size.</param>
    /// <param name="options">How pictures are decoded.</param>
    /// <exception cref="DataException">There is no folder, or none of its pictures can lie behind another.</exception>
    public static Backgrounds Read(string folder, int side, DataOptions options)
    {
        if (!Directory.Exists(folder))
        {
            throw new DataOptionException("", nameof(DataOptions.Backgrounds), $" {folder} is no folder; give one of pictures, at whatever depth.");
        }

        var entries = PictureTree.ReadAll(folder);
        if (entries.Count == 0)
        {
            throw new DataOptionException("", nameof(DataOptions.Backgrounds), $" {folder} holds no picture (.png, .jpg, .jpeg or .webp); give a folder that does.");
        }

        const int Planes = 4;
        PictureDecoding.CheckSize(folder, entries.Count, Planes, side);
        var decoded = PictureDecoding.FindOrDecode(folder, entries, entries.Count, Planes, side, CutOuts.Kind, options, PictureDecoding.Plain(entries, side, opacity: true), out var unkept);
        var note = PictureDecoding.Join(PictureDecoding.Refuse(folder, entries, decoded.Problems, options), unkept);
        var plane = side * side;
        var usable = new List<byte[]>();
        for (var at = 0; at < decoded.Pixels.Length; at += Planes * plane)
        {
            if (Filled(decoded.Pixels.AsSpan(at, Planes * plane), plane) is { } filled)
            {
                usable.Add(filled);
            }
        }

        var distinct = usable.Select(static pixels => (Pixels: pixels, Content: UnitSplit.ContentOf(pixels))).DistinctBy(static pair => pair.Content).OrderBy(static pair => pair.Content).Select(static pair => pair.Pixels).ToArray();
        if (distinct.Length < 2)
        {
            throw new DataOptionException("", nameof(DataOptions.Backgrounds), Text(
                $" {folder}: {distinct.Length} of {entries.Count} pictures can lie behind others (different ones, at least half opaque); at least two are needed, one for training and one for the test. Give a folder of more pictures."));
        }

        var held = Math.Clamp((int)Math.Round(options.Holdout * distinct.Length, MidpointRounding.AwayFromZero), 1, distinct.Length - 1);
        var left = entries.Count - decoded.Problems.Count - distinct.Length;
        var read = Text($"Behind them lie {distinct.Length} pictures of {folder}, {distinct.Length - held} in training and {held} others in the test{(left > 0 ? Text($" ({left} that are less than half opaque, or equal to another, were left out)") : "")}.");
        return new Backgrounds(distinct[held..], distinct[..held], PictureDecoding.Join(note, read)!);
    }

    /// <summary>Lays a sample over a background, in place.</summary>
    /// <param name="sample">Red, green and blue, multiplied by opacity, then opacity, which a mask takes the place of.</param>
    /// <param name="name">The sample's name.</param>
    /// <param name="test">Whether it is tested on.</param>
    /// <param name="label">The class of pixels at least half opaque; the others are 0.</param>
    /// <param name="side">The size.</param>
    public void PutBehind(Span<byte> sample, string name, bool test, byte label, int side)
    {
        var plane = side * side;
        var place = BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) & ~1UL;
        var choices = test ? _test : _train;
        ReadOnlySpan<byte> behind = choices[(int)(((ulong)_draws.UInt32At(place) * (uint)choices.Length) >> 32)];
        var mirrored = (_draws.UInt32At(place + 1) & 1) == 1;
        var mask = sample.Slice(3 * plane, plane);
        for (var channel = 0; channel < 3; channel++)
        {
            var colours = sample.Slice(channel * plane, plane);
            var others = behind.Slice(channel * plane, plane);
            for (var row = 0; row < plane; row += side)
            {
                for (var x = 0; x < side; x++)
                {
                    colours[row + x] = Over(colours[row + x], mask[row + x], others[row + (mirrored ? side - 1 - x : x)]);
                }
            }
        }

        foreach (ref var pixel in mask)
        {
            pixel = pixel >= CutOuts.Opaque ? label : (byte)0;
        }
    }

    /// <summary>Three planes without transparency, where something is missing in the mean colour of what is there; null where less than half is there.</summary>
    private static byte[]? Filled(ReadOnlySpan<byte> picture, int plane)
    {
        var opacity = picture.Slice(3 * plane, plane);
        long opaque = 0, total = 0;
        foreach (var value in opacity)
        {
            opaque += value >= CutOuts.Opaque ? 1 : 0;
            total += value;
        }

        if (2 * opaque < plane)
        {
            return null;
        }

        var filled = new byte[3 * plane];
        for (var channel = 0; channel < 3; channel++)
        {
            var colours = picture.Slice(channel * plane, plane);
            long sum = 0;
            foreach (var value in colours)
            {
                sum += value;
            }

            var mean = (byte)Math.Min(255, ((sum * 255) + (total / 2)) / total);
            for (var p = 0; p < plane; p++)
            {
                filled[(channel * plane) + p] = Over(colours[p], opacity[p], mean);
            }
        }

        return filled;
    }

    private static byte Over(byte colour, byte opacity, byte behind) => (byte)Math.Min(255, colour + (((behind * (255 - opacity)) + 127) / 255));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
