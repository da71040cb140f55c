using System.Runtime.InteropServices;

namespace Winnow.Data.Formats;

// The checksum of zip and gzip (polynomial EDB88320), eight bytes a step. The runtime's zip reader doesn't compare it.
internal static class Crc32
{
    private static readonly uint[][] s_tables = MakeTables();

    // Start with 0; feed the result back in for the next piece.
    public static uint Append(uint crc, ReadOnlySpan<byte> data)
    {
        var t = s_tables;
        crc = ~crc;
        while (data.Length >= 8)
        {
            uint low = MemoryMarshal.Read<uint>(data) ^ crc, high = MemoryMarshal.Read<uint>(data[4..]);
            crc = t[7][low & 0xFF] ^ t[6][(low >> 8) & 0xFF] ^ t[5][(low >> 16) & 0xFF] ^ t[4][low >> 24]
                ^ t[3][high & 0xFF] ^ t[2][(high >> 8) & 0xFF] ^ t[1][(high >> 16) & 0xFF] ^ t[0][high >> 24];
            data = data[8..];
        }

        foreach (var b in data)
        {
            crc = (crc >> 8) ^ t[0][(crc ^ b) & 0xFF];
        }

        return ~crc;
    }

    private static uint[][] MakeTables()
    {
        var tables = new uint[8][];
        for (var k = 0; k < 8; k++)
        {
            tables[k] = new uint[256];
            for (uint n = 0; n < 256; n++)
            {
                var value = k == 0 ? n : tables[k - 1][n];
                for (var bit = 0; k == 0 && bit < 8; bit++)
                {
                    value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
                }

                tables[k][n] = k == 0 ? value : (value >> 8) ^ tables[0][value & 0xFF];
            }
        }

        return tables;
    }
}
