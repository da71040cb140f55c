using System.Buffers.Binary;
using System.Text;
using Winnow.Checkpoints;
using Winnow.Samples;

namespace Winnow.Tests.Checkpoints;

public class CheckpointTests
{
    [Fact]
    public void What_is_written_is_read_back()
    {
        var writer = new CheckpointWriter();
        writer.Fact("run.method", "infobatch:keep=0.5 \"ä\"");
        writer.Add<float>("f", new[] { 1.5f, float.NaN, float.NegativeInfinity, -0f }, 2, 2);
        writer.Add<double>("d", new[] { double.Epsilon, 1 / 3.0 });
        writer.Add<int>("i", new[] { int.MinValue, 3 });
        writer.Add<long>("l", new[] { long.MaxValue });
        writer.Add<ulong>("u", new[] { ulong.MaxValue });
        writer.Add<bool>("b", new[] { true, false, true });
        writer.Add<SampleFlags>("e", new[] { SampleFlags.Seen | SampleFlags.NonFinite });
        writer.Add<float>("none", Array.Empty<float>());
        var reader = CheckpointReader.Open(Written(writer));
        Assert.Equal("infobatch:keep=0.5 \"ä\"", reader.Fact("run.method"));
        Assert.Equal(["f", "d", "i", "l", "u", "b", "e", "none"], reader.Names);
        Assert.Equal(new[] { 1.5f, float.NaN, float.NegativeInfinity, -0f }.Select(BitConverter.SingleToInt32Bits), reader.Read<float>("f").Select(BitConverter.SingleToInt32Bits));
        Assert.Equal([double.Epsilon, 1 / 3.0], reader.Read<double>("d"));
        Assert.Equal([int.MinValue, 3], reader.Read<int>("i"));
        Assert.Equal([long.MaxValue], reader.Read<long>("l"));
        Assert.Equal([ulong.MaxValue], reader.Read<ulong>("u"));
        Assert.Equal([true, false, true], reader.Read<bool>("b"));
        Assert.Equal([SampleFlags.Seen | SampleFlags.NonFinite], reader.Read<SampleFlags>("e"));
        Assert.Empty(reader.Read<float>("none"));
    }

    [Fact]
    public void The_same_content_gives_the_same_bytes() => Assert.Equal(Small().ToArray(), Small().ToArray());

    [Fact]
    public void Every_bit_that_is_flipped_is_found_out_and_its_section_named()
    {
        var whole = Small().ToArray();
        for (var at = 0; at < whole.Length; at++)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                byte[] flipped = [.. whole];
                flipped[at] ^= (byte)(1 << bit);
                var error = Assert.Throws<CheckpointException>(() => CheckpointReader.Open(new MemoryStream(flipped)));
                Assert.True(error.Damaged, error.Message);
                Assert.Matches("section \"(header|losses|flags|sha256)\"", error.Message);
            }
        }

        byte[] altered = [.. whole];
        altered[^(3 * 32 + 1)] ^= 1;
        Assert.StartsWith("section \"flags\" of the checkpoint is altered: its checksum", Refused(altered), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_ends_early_or_late_is_found_out()
    {
        var whole = Small().ToArray();
        for (var length = 0; length < whole.Length; length++)
        {
            var error = Assert.Throws<CheckpointException>(() => CheckpointReader.Open(new MemoryStream(whole[..length])));
            Assert.True(error.Damaged, error.Message);
        }

        Assert.StartsWith("the checkpoint is torn within section \"flags\"", Refused(whole[..^(3 * 32 + 1)]), StringComparison.Ordinal);
        Assert.Contains("section \"header\" of the checkpoint is altered", Refused([.. whole, 0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Another_version_is_refused_as_such_and_not_as_damage()
    {
        // Written as that version would write it: with checksums that are right.
        var error = Assert.Throws<CheckpointException>(() => CheckpointReader.Open(Rewritten(Small().ToArray(), "\"winnow.checkpoint\":\"1\"", "\"winnow.checkpoint\":\"2\"")));
        Assert.False(error.Damaged);
        Assert.Equal("the checkpoint has version 2 of the format and this program reads version 1; use the version of Winnow that wrote it", error.Message);
        Assert.Contains("this is no checkpoint of Winnow", Assert.Throws<CheckpointException>(() =>
            CheckpointReader.Open(Rewritten(Small().ToArray(), "\"winnow.checkpoint\":\"1\"", "\"winnow.checkpoinT\":\"1\""))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Headers_that_lie_cost_no_memory_and_end_in_a_message()
    {
        foreach (var header in new[]
        {
            "", "[]", "{", "{}", "null", "{\"a\":1}", "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,9],\"data_offsets\":[0,4]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1000000000],\"data_offsets\":[0,4000000000]}}", "{\"a\":{\"dtype\":\"F99\",\"shape\":[1],\"data_offsets\":[0,4]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1,-1],\"data_offsets\":[0,4]}}", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
            "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0]}}", "{\"__metadata__\":{\"a\":[1]}}", new string('[', 10_000),
            "{\"__metadata__\":{\"winnow.checkpoint\":\"1\"},\"sha256\":{\"dtype\":\"U8\",\"shape\":[1,32],\"data_offsets\":[0,32]}}",
            "{\"__metadata__\":{\"winnow.checkpoint\":\"1\",\"winnow.checkpoint\":\"1\"}}",
        })
        {
            byte[] json = Encoding.UTF8.GetBytes(header), file = new byte[8 + json.Length + 4];
            BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
            json.CopyTo(file, 8);
            Assert.True(Assert.Throws<CheckpointException>(() => CheckpointReader.Open(new MemoryStream(file))).Damaged, header);
        }

        var huge = new byte[64];
        BinaryPrimitives.WriteInt64LittleEndian(huge, long.MaxValue);
        Assert.Contains("9223372036854775807 bytes long", Refused(huge), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_there_or_of_another_kind_is_named()
    {
        var reader = CheckpointReader.Open(Small());
        Assert.Contains("has no array \"weights\"", Message(() => reader.Read<float>("weights")), StringComparison.Ordinal);
        Assert.Contains("\"losses\" in the checkpoint is F32[3], and F64[3] is needed", Message(() => reader.Read<double>("losses")), StringComparison.Ordinal);
        Assert.Contains("F32[3], and F32[4] is needed", Message(() => reader.Read<float>("losses", new float[4])), StringComparison.Ordinal);
        Assert.Contains("has no \"epoch\"", Message(() => reader.Fact("epoch")), StringComparison.Ordinal);
        Assert.Contains("\"method\" in the checkpoint is \"infobatch\", which is no Int32", Message(() => reader.Fact<int>("method")), StringComparison.Ordinal);
        Assert.Contains("method is infobatch in the checkpoint and full here; seed is missing in the checkpoint and 1 here",
            Message(() => reader.Require([new("method", "full"), new("seed", "1")])), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_given_once_and_shapes_hold_what_is_given()
    {
        var writer = new CheckpointWriter();
        writer.Fact("a", "");
        writer.Add<byte>("a", new byte[4]);
        Assert.Throws<ArgumentException>(() => writer.Fact("a", ""));
        Assert.Throws<ArgumentException>(() => writer.Add<byte>("a", new byte[4]));
        Assert.Throws<ArgumentException>(() => writer.Add<byte>("sha256", new byte[4]));
        Assert.Throws<ArgumentException>(() => writer.Add<byte>("b", new byte[4], 2, 3));
        Assert.Throws<ArgumentException>(() => writer.Add<decimal>("c", new decimal[1]));
    }

    private static string Message(Action action) => Assert.Throws<CheckpointException>(action).Message;

    private static string Refused(byte[] file) => Message(() => CheckpointReader.Open(new MemoryStream(file)));

    private static MemoryStream Small()
    {
        var writer = new CheckpointWriter();
        writer.Fact("method", "infobatch");
        writer.Add<float>("losses", new[] { 1f, 2, 3 });
        writer.Add<byte>("flags", new byte[] { 1, 0, 1 });
        return Written(writer);
    }

    private static MemoryStream Written(CheckpointWriter writer)
    {
        var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream;
    }

    private static MemoryStream Rewritten(byte[] file, string from, string to)
    {
        var length = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        var header = Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(file, 0, length).Replace(from, to, StringComparison.Ordinal));
        Assert.Equal(length, header.Length);
        header.CopyTo(file, 0);
        System.Security.Cryptography.SHA256.HashData(header).CopyTo(file, file.Length - (3 * 32));
        return new MemoryStream(file);
    }
}
