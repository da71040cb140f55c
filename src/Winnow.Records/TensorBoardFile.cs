using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;

namespace Winnow.Records;

/// <summary>
/// A file of TensorBoard's scalar events. Each record is its length, the masked CRC-32C of the length, a protocol-buffer message <c>Event</c>
/// and the masked CRC-32C of that; numbers little-endian. A torn record at the end is ignored by readers.
/// </summary>
internal sealed class TensorBoardFile : IDisposable
{
    // Field numbers of Event, Summary and Summary.Value.
    private const int WallTime = 1, Step = 2, FileVersion = 3, SummaryField = 5, ValueField = 1, Tag = 1, SimpleValue = 2;

    // TensorBoard takes every file with tfevents in its name, and there is one a run.
    private const string Name = "events.out.tfevents.winnow";

    private readonly FileStream _stream;

    private TensorBoardFile(FileStream stream) => _stream = stream;

    /// <summary>Makes a file in a folder that holds none yet.</summary>
    public static TensorBoardFile Create(string folder, DateTimeOffset at)
    {
        Directory.CreateDirectory(folder);
        var file = new TensorBoardFile(new FileStream(Path.Combine(folder, Name), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0));
        file.Append(Message(output =>
        {
            WriteTime(output, at);
            output.WriteTag(FileVersion, WireFormat.WireType.LengthDelimited);
            output.WriteString("brain.Event:2");
        }));
        return file;
    }

    /// <summary>Appends one event with all values that are numbers.</summary>
    public void Write(DateTimeOffset at, long step, IEnumerable<(string Tag, double? Value)> scalars)
    {
        var summary = Message(output =>
        {
            foreach (var (tag, value) in scalars)
            {
                if (value is { } number)
                {
                    output.WriteTag(ValueField, WireFormat.WireType.LengthDelimited);
                    output.WriteBytes(ByteString.CopyFrom(Message(inner =>
                    {
                        inner.WriteTag(Tag, WireFormat.WireType.LengthDelimited);
                        inner.WriteString(tag);
                        inner.WriteTag(SimpleValue, WireFormat.WireType.Fixed32);
                        inner.WriteFloat((float)number);
                    })));
                }
            }
        });
        Append(Message(output =>
        {
            WriteTime(output, at);
            output.WriteTag(Step, WireFormat.WireType.Varint);
            output.WriteInt64(step);
            output.WriteTag(SummaryField, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(summary));
        }));
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static void WriteTime(CodedOutputStream output, DateTimeOffset at)
    {
        output.WriteTag(WallTime, WireFormat.WireType.Fixed64);
        output.WriteDouble(at.ToUnixTimeMilliseconds() / 1000.0);
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            write(output);
        }

        return bytes.ToArray();
    }

    // In one write, so that a reader beside sees whole records; what doesn't fit on the disk is taken back.
    private void Append(byte[] message)
    {
        var record = new byte[8 + 4 + message.Length + 4];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedCrc(record.AsSpan(0, 8)));
        message.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + message.Length), MaskedCrc(message));
        var start = _stream.Position;
        try
        {
            _stream.Write(record);
        }
        catch (IOException)
        {
            _stream.SetLength(start);
            throw;
        }
    }

    // Masked, because checksums of data that hold checksums are weak.
    private static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var one in data)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }
}
