using System.Buffers.Binary;
using System.Runtime.InteropServices;
using MiniKube.Engines.Native;

namespace MiniKube.Engines.Pause;

/// <summary>
/// The program that holds a pod's namespaces: it blocks all signals, then waits for them in a loop. On the end of a child it
/// reaps, on SIGTERM and SIGINT it exits at once. Written here as machine code, so that nothing needs to be pulled.
/// </summary>
public static class PauseProgram
{
    // SIGINT, SIGTERM and SIGCHLD as a set.
    private const uint Awaited = 1 << 1 | 1 << 14 | 1 << 16;

    public static byte[] For(Architecture architecture) => architecture switch
    {
        Architecture.X64 => Elf.File(Elf.X64, X64()),
        Architecture.Arm64 => Elf.File(Elf.Arm64, Arm64()),
        _ => throw new PlatformNotSupportedException($"there is no pause program for {architecture}"),
    };

    private static byte[] X64() =>
    [
        0x48, 0x83, 0xEC, 0x10,                                     // sub rsp, 16
        0x48, 0xC7, 0x04, 0x24, 0xFF, 0xFF, 0xFF, 0xFF,             // mov qword [rsp], -1
        0x31, 0xFF, 0x48, 0x89, 0xE6, 0x31, 0xD2,                   // SIG_BLOCK, rsp, null
        0x41, 0xBA, 8, 0, 0, 0, 0xB8, 14, 0, 0, 0, 0x0F, 0x05,      // rt_sigprocmask
        0x48, 0xC7, 0x04, 0x24, .. Four(Awaited),                   // mov qword [rsp], Awaited
        // wait:
        0x48, 0x89, 0xE7, 0x31, 0xF6, 0x31, 0xD2,                   // rsp, null, null
        0x41, 0xBA, 8, 0, 0, 0, 0xB8, 128, 0, 0, 0, 0x0F, 0x05,     // rt_sigtimedwait
        0x83, 0xF8, 17, 0x74, 14,                                   // SIGCHLD: to reap
        0x83, 0xF8, 0, 0x7E, 256 - 30,                              // interrupted: to wait
        0x31, 0xFF, 0xB8, 60, 0, 0, 0, 0x0F, 0x05,                  // exit(0)
        // reap:
        0x48, 0xC7, 0xC7, 0xFF, 0xFF, 0xFF, 0xFF, 0x31, 0xF6,       // any child, no status
        0xBA, 1, 0, 0, 0, 0x45, 0x31, 0xD2,                         // WNOHANG, no usage
        0xB8, 61, 0, 0, 0, 0x0F, 0x05,                              // wait4
        0x85, 0xC0, 0x7F, 256 - 28,                                 // one reaped: to reap
        0xEB, 256 - 69,                                             // to wait
    ];

    private static byte[] Arm64()
    {
        uint[] code =
        [
            0xD10043FF,                                             // sub sp, sp, #16
            0x92800009, 0xF90003E9,                                 // str -1, [sp]
            0xD2800000, 0x910003E1, 0xD2800002, 0xD2800103,         // SIG_BLOCK, sp, null, 8
            Call(135), 0xD4000001,                                  // rt_sigprocmask
            0xD2880049, 0xF2A00029, 0xF90003E9,                     // str Awaited, [sp]
            // 12, wait:
            0x910003E0, 0xD2800001, 0xD2800002, 0xD2800103,         // sp, null, null, 8
            Call(137), 0xD4000001,                                  // rt_sigtimedwait
            0x7100441F, Branch(19, 25, 0x0),                        // SIGCHLD: to reap
            0x7100001F, Branch(21, 12, 0xD),                        // interrupted: to wait
            0xD2800000, Call(93), 0xD4000001,                       // exit(0)
            // 25, reap:
            0x92800000, 0xD2800001, 0xD2800022, 0xD2800003,         // any child, no status, WNOHANG, no usage
            Call(260), 0xD4000001,                                  // wait4
            0x7100001F, Branch(32, 25, 0xC),                        // one reaped: to reap
            0x14000000 | unchecked((uint)(12 - 33)) & 0x3FFFFFF,             // to wait
        ];
        var bytes = new byte[code.Length * 4];
        for (var i = 0; i < code.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * 4), code[i]);
        return bytes;

        static uint Call(uint number) => 0xD2800000 | number << 5 | 8;
        static uint Branch(int from, int to, uint condition) => 0x54000000 | ((uint)(to - from) & 0x7FFFF) << 5 | condition;
    }

    private static byte[] Four(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }
}
