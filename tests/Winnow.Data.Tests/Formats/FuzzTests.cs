using System.Diagnostics;
using System.Text;
using Winnow.Data.Formats;

namespace Winnow.Data.Tests.Formats;

// Damaged files give a result or a DataFormatException with a place inside the file: no other exception, no memory beyond four times the
// file (plus a constant for buffers and the error itself), no second spent.
public class FuzzTests
{
    private const int Iterations = 30_000;

    private static readonly byte[] s_idxFile = Fixtures.Idx([.. Enumerable.Range(0, 48).Select(i => (byte)i)], 12, 2, 2);
    private static readonly byte[] s_npyFile = Fixtures.Npy("<f4", "(3, 4)", Fixtures.Bytes([.. Enumerable.Range(0, 12).Select(i => i / 3f)]));

    [Fact]
    public void Idx() => Fuzz(s_idxFile, 1, s => Winnow.Data.Formats.Idx.Read(s, "f", 3));

    [Fact]
    public void Idx_in_gzip() => Fuzz(Fixtures.Gzip(s_idxFile), 2, s => Winnow.Data.Formats.Idx.Read(s, "f", 3));

    [Fact]
    public void Idx_packed_after_the_damage() => Fuzz(s_idxFile, 3, s => Winnow.Data.Formats.Idx.Read(s, "f", 3), pack: true);

    [Fact]
    public void Npy() => Fuzz(s_npyFile, 4, s => Winnow.Data.Formats.Npy.Read(s, "f"));

    [Fact]
    public void Npy_packed_after_the_damage() => Fuzz(s_npyFile, 5, s => Winnow.Data.Formats.Npy.Read(s, "f"), pack: true);

    [Fact]
    public void Cifar10() => Fuzz([.. Fixtures.CifarRecord(1, 2), .. Fixtures.CifarRecord(3, 4)], 6, s => Cifar.Read(s, "f", 10), Iterations / 3);

    [Fact]
    public void Cifar100() => Fuzz([.. Fixtures.CifarRecord(1, 2, 7), .. Fixtures.CifarRecord(3, 4, 8)], 7, s => Cifar.Read(s, "f", 100), Iterations / 3);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Npz(bool compress)
    {
        var stream = new MemoryStream();
        Winnow.Data.Formats.Npz.Write(stream, new NpzContent().With("ids", NpyArray.Create<long>([1, 2, 3, 4])).With("w", NpyArray.Create<float>([1, 2, 3, 4]))
            .With("manifest.json", "{}"), compress);
        Fuzz(stream.ToArray(), 8, s => Winnow.Data.Formats.Npz.Read(s, "f"), seekableOnly: true);
    }

    [Fact]
    public void Safetensors() => Fuzz(SafetensorsTests.Written(SafetensorsTests.Sample()), 9, s => Winnow.Data.Formats.Safetensors.Read(s, "f"));

    private static void Fuzz(byte[] valid, int seed, Action<Stream> read, int iterations = Iterations, bool pack = false, bool seekableOnly = false)
    {
        read(new MemoryStream(pack ? Fixtures.Gzip(valid) : valid));
        var random = new Random(seed);
        var refused = 0;
        for (var i = 0; i < iterations; i++)
        {
            var damaged = Damage(valid, random);
            var file = pack ? Fixtures.Gzip(damaged) : damaged;
            Stream stream = seekableOnly || random.Next(3) > 0 ? new MemoryStream(file) : new OneWayStream(file, random.Next(1, 5000));
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            try
            {
                read(stream);
            }
            catch (DataFormatException e)
            {
                refused++;
                Assert.True(e.Offset >= 0 && e.Offset <= Math.Max(damaged.Length * 1100L, 100_000), $"seed {seed}, case {i}: offset {e.Offset} in {damaged.Length} bytes");
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, case {i}, {Convert.ToHexString(file)}: {e}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated <= (4L * damaged.Length) + 400_000, $"seed {seed}, case {i}: {allocated} bytes for a file of {damaged.Length}");
            Assert.True(Stopwatch.GetElapsedTime(start).TotalSeconds < 5, $"seed {seed}, case {i}: too slow");
        }

        Assert.True(refused > iterations / 10, $"only {refused} of {iterations} damaged files were refused: the fuzzer does nothing");
    }

    private static byte[] Damage(byte[] valid, Random random)
    {
        var file = new List<byte>(valid);
        for (var rounds = random.Next(1, 4); rounds > 0 && file.Count > 0; rounds--)
        {
            var at = random.Next(3) == 0 ? random.Next(file.Count) : random.Next(Math.Min(file.Count, 128));
            switch (random.Next(9))
            {
                case 0: file.RemoveRange(at, file.Count - at); break;
                case 1: file[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: file[at] = (byte)random.Next(256); break;
                case 3: Put(file, at, Fixtures.BigEndian(Interesting(random))); break;
                case 4: Put(file, at, BitConverter.GetBytes(Interesting(random))); break;
                case 5: file.RemoveRange(at, Math.Min(file.Count - at, random.Next(1, 20))); break;
                case 6: file.InsertRange(at, Garbage(random, random.Next(1, 20))); break;
                case 7: file.AddRange(Garbage(random, random.Next(1, 5000))); break;
                default: Put(file, at, Encoding.ASCII.GetBytes(s_words[random.Next(s_words.Length)])); break;
            }
        }

        return random.Next(50) == 0 ? Garbage(random, random.Next(0, 3000)) : [.. file];
    }

    private static readonly string[] s_words = ["99999999999", "(2147483647,", "True ", "'|O'", "'<f8'", "))))", "-1", "0", "{", "\0\0\0\0", "PK\x1\x2", "PK\x5\x6", "\"F64\"", "[0,4]", "\"shape\"", "9223372036854775807"];

    private static int Interesting(Random random) => random.Next(8) switch
    {
        0 => 0,
        1 => -1,
        2 => int.MaxValue,
        3 => int.MinValue,
        4 => 1 << random.Next(31),
        5 => (1 << random.Next(31)) - 1,
        6 => random.Next(100),
        _ => random.Next(),
    };

    private static byte[] Garbage(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static void Put(List<byte> file, int at, byte[] bytes)
    {
        for (var i = 0; i < bytes.Length && at + i < file.Count; i++)
        {
            file[at + i] = bytes[i];
        }
    }
}
