using System.Buffers.Binary;
using Google.Protobuf;

namespace Winnow.Training.Tests;

/// <summary>Reads event files by the format's description, checksums bit by bit, sharing nothing with the writer.</summary>
internal static class TensorBoardReader
{
    /// <summary>The version that the first record names, and of each scalar its step, tag and value.</summary>
    public static (string Version, List<(long Step, string Tag, float Value)> Scalars) Read(string path)
    {
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        var version = "";
        var scalars = new List<(long, string, float)>();
        while (!rest.IsEmpty)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(rest);
            Assert.Equal(Masked(rest[..8]), BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
            var message = rest.Slice(12, length);
            Assert.Equal(Masked(message), BinaryPrimitives.ReadUInt32LittleEndian(rest[(12 + length)..]));
            rest = rest[(16 + length)..];
            long step = 0;
            byte[] summary = [];
            using var input = new CodedInputStream(message.ToArray());
            for (uint tag; (tag = input.ReadTag()) != 0;)
            {
                switch (WireFormat.GetTagFieldNumber(tag))
                {
                    case 1: Assert.InRange(input.ReadDouble(), 1e9, 1e10); break;
                    case 2: step = input.ReadInt64(); break;
                    case 3: version = input.ReadString(); break;
                    case 5: summary = input.ReadBytes().ToByteArray(); break;
                    default: Assert.Fail($"field {WireFormat.GetTagFieldNumber(tag)}"); break;
                }
            }

            scalars.AddRange(Values(summary).Select(value => (step, value.Tag, value.Value)));
        }

        return (version, scalars);
    }

    private static List<(string Tag, float Value)> Values(byte[] summary)
    {
        var values = new List<(string, float)>();
        using var input = new CodedInputStream(summary);
        while (input.ReadTag() != 0)
        {
            using var one = input.ReadBytes().CreateCodedInput();
            Assert.Equal(WireFormat.MakeTag(1, WireFormat.WireType.LengthDelimited), one.ReadTag());
            var name = one.ReadString();
            Assert.Equal(WireFormat.MakeTag(2, WireFormat.WireType.Fixed32), one.ReadTag());
            values.Add((name, one.ReadFloat()));
        }

        return values;
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        const uint Castagnoli = 0x82F63B78;
        var crc = ~0u;
        foreach (var one in data)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Castagnoli : crc >> 1;
            }
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }
}
