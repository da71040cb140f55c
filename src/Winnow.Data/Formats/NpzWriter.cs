using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Winnow.Data.Formats;

/// <summary>Writes arrays into an npz one after another, without holding one as a whole.</summary>
internal sealed class NpzWriter(ZipArchive archive)
{
    private const int Piece = 1 << 14;

    /// <summary>Writes an array of one extent.</summary>
    /// <typeparam name="T">bool, an integer, Half, float or double.</typeparam>
    /// <param name="name">Its name without <c>.npy</c>.</param>
    /// <param name="count">How many elements it has.</param>
    /// <param name="at">The element at a place, 0-based; asked for in order.</param>
    public NpzWriter Add<T>(string name, int count, Func<int, T> at)
        where T : unmanaged
    {
        using var entry = Npz.NewEntry(archive, name + ".npy", compress: false).Open();
        Npy.WriteHeader(entry, NpyArray.TypeOf<T>(), count);
        var piece = new T[Math.Min(Piece, count)];
        for (var start = 0; start < count; start += piece.Length)
        {
            var some = piece.AsSpan(0, Math.Min(piece.Length, count - start));
            for (var i = 0; i < some.Length; i++)
            {
                some[i] = at(start + i);
            }

            entry.Write(MemoryMarshal.AsBytes(some));
        }

        return this;
    }
}
